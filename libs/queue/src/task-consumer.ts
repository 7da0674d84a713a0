import type { Task } from '@manyhands/planning'
import { groupBase, type Redis } from '@manyhands/redis'
import { type Job, WaitingError, Worker } from 'bullmq'
import { type LastingWorker, lastingWorker, leaseOptions } from './lasting-worker.ts'
import { type QueueName, queueNames } from './names.ts'

export interface ConsumerOptions {
  group: string
  /** Which of the group's queues. */
  queue: QueueName
  /** Tasks taken at once. */
  slots: number
  /** BullMQ's lock: how long a silent worker keeps a task, in milliseconds. */
  leaseMs: number
  /**
   * Undefined: there is room for one task more. Else resolves when there is. Those that had left the queue and come back take room that it
   * does not know of: a task that finds none goes back to the head of its queue, for others, and nothing is taken until there is room again.
   */
  room?: (() => Promise<void> | undefined) | undefined
  onError: (error: Error) => void
}

/** Takes tasks from a queue of the group, one for each free slot. */
export type TaskConsumer = LastingWorker

/**
 * @param redis a connection of its own; BullMQ makes a second one from it for its blocking call
 * @param run resolves when the task is through; a rejection means trouble with Redis, the reconciler hands the task out anew
 */
export function createTaskConsumer(redis: Redis, options: ConsumerOptions, run: (task: Task) => Promise<void>): TaskConsumer {
  return lastingWorker(redis, () => newWorker(redis, options, run), { onError: options.onError, keepsLocks: true })
}

/** A brought call may have started somewhere: whoever takes the task over has to claim it. */
const idsOf = ({ call, ...task }: Task): Task => task

function newWorker(redis: Redis, options: ConsumerOptions, run: (task: Task) => Promise<void>): Worker<Task> {
  const take = (job: Job<Task>) => {
    const room = options.room?.()
    if (room) return handBack(worker, job, room)
    return run(job.attemptsStarted > 1 ? idsOf(job.data) : job.data)
  }
  const worker: Worker<Task> = new Worker<Task>(queueNames[options.queue], take, {
    connection: redis,
    prefix: groupBase(options.group),
    concurrency: options.slots,
    ...leaseOptions(options.leaseMs),
  })
  worker.on('error', options.onError)
  // nobody else hears of it; what a stop cuts off is no trouble
  worker.on('failed', (_, error) => worker.closing || options.onError(error))
  return worker
}

async function handBack(worker: Worker<Task>, job: Job<Task>, room: Promise<void>): Promise<never> {
  await worker.pause(true)
  room.then(() => worker.closing || worker.resume())
  await job.moveToWait(job.token)
  throw new WaitingError()
}
