import type { Task } from '@manyhands/planning'
import { groupBase, type Redis } from '@manyhands/redis'
import { type JobsOptions, Queue } from 'bullmq'
import { eventEntries, queueName } from './names.ts'

/** Puts tasks into the group's BullMQ queue. Adding an id twice is harmless while BullMQ has it. */
export interface TaskQueue {
  add(tasks: Task[]): Promise<void>
  /** Those of the ids that stand nowhere in the queue. */
  missing(ids: string[]): Promise<string[]>
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
  const queue = new Queue(queueName, {
    connection: redis,
    prefix: groupBase(group),
    skipVersionCheck: true,
    streams: { events: { maxLen: eventEntries } },
  })
  queue.on('error', onError)
  return {
    async add(tasks) {
      const [only] = tasks
      if (only === undefined) return
      if (tasks.length === 1) await queue.add(queueName, only, jobOptions(only))
      else await queue.addBulk(tasks.map((task) => ({ name: queueName, data: task, opts: jobOptions(task) })))
    },
    async missing(ids) {
      const found = await Promise.all(ids.map((id) => redis.exists(queue.toKey(id))))
      return ids.filter((_, i) => found[i] === 0)
    },
    stop: () => queue.close(),
  }
}
