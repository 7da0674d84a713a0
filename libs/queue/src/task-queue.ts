import type { Task } from '@manyhands/planning'
import { groupBase, type Redis } from '@manyhands/redis'
import { type JobsOptions, Queue } from 'bullmq'
import { eventEntries, type QueueName, queueNames, queueOf } from './names.ts'

/** Puts tasks into the group's BullMQ queues, by their pool. Adding an id twice is harmless while BullMQ has it. */
export interface TaskQueue {
  add(tasks: Task[]): Promise<void>
  /** Ids of those tasks that stand nowhere in their queue. */
  missing(tasks: Pick<Task, 'id' | 'pool'>[]): Promise<string[]>
  stop(): Promise<void>
}

/** BullMQ keeps nothing and retries nothing: results, attempts and crashes are the engine's. */
const jobOptions = ({ id, priority = 0 }: Task): JobsOptions => ({
  jobId: id,
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: true,
  ...placeOf(priority),
})

/** BullMQ knows no place before those without a priority: the urgent go to the head of the line, which is short. */
function placeOf(priority: number): JobsOptions {
  if (priority === 0) return {}
  return priority > 0 ? { lifo: true } : { priority: -priority }
}

/** @param redis a connection that others may use too */
export function createTaskQueue(redis: Redis, group: string, onError: (error: Error) => void): TaskQueue {
  const queues = { tasks: newQueue(redis, group, 'tasks', onError), processes: newQueue(redis, group, 'processes', onError) }
  return {
    async add(tasks) {
      await addTo(
        queues.tasks,
        tasks.filter((task) => queueOf(task.pool) === 'tasks'),
      )
      await addTo(
        queues.processes,
        tasks.filter((task) => queueOf(task.pool) === 'processes'),
      )
    },
    async missing(tasks) {
      const found = await Promise.all(tasks.map(({ id, pool }) => redis.exists(queues[queueOf(pool)].toKey(id))))
      return tasks.filter((_, i) => found[i] === 0).map(({ id }) => id)
    },
    async stop() {
      await Promise.all([queues.tasks.close(), queues.processes.close()])
    },
  }
}

function newQueue(redis: Redis, group: string, name: QueueName, onError: (error: Error) => void): Queue {
  const queue = new Queue(queueNames[name], {
    connection: redis,
    prefix: groupBase(group),
    skipVersionCheck: true,
    streams: { events: { maxLen: eventEntries } },
  })
  queue.on('error', onError)
  return queue
}

async function addTo(queue: Queue, tasks: Task[]): Promise<void> {
  const [only] = tasks
  if (only === undefined) return
  if (tasks.length === 1) await queue.add(queue.name, only, jobOptions(only))
  else await queue.addBulk(tasks.map((task) => ({ name: queue.name, data: task, opts: jobOptions(task) })))
}
