import { setTimeout as pause } from 'node:timers/promises'
import type { Task } from '@manyhands/planning'
import { groupBase, type Redis } from '@manyhands/redis'
import { type Job, WaitingError, Worker } from 'bullmq'
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
export interface TaskConsumer {
  start(): void
  /** Takes nothing new; resolves when the running ones are through, or after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** A stall is no reason to fail: the claim takes over, and its own budget counts vanished workers (engine.md: Child protocol). */
const neverTooOften = 1_000_000_000

/**
 * @param redis a connection of its own; BullMQ makes a second one from it for its blocking call
 * @param run resolves when the task is through; a rejection means trouble with Redis, the reconciler hands the task out anew
 */
export function createTaskConsumer(redis: Redis, options: ConsumerOptions, run: (task: Task) => Promise<void>): TaskConsumer {
  let worker = newWorker(redis, options, run)
  let connected = redis.status === 'ready'
  const retired = new Set<Worker<Task>>()
  // A BullMQ worker may never fetch again after Redis was killed and came back (seen in half of such restarts). A fresh one does; the old
  // one fetches no more, and keeps the locks of what it still runs.
  const retire = (old: Worker<Task>) => {
    retired.add(old)
    old.close().then(() => retired.delete(old), options.onError)
  }
  const onReady = () => {
    if (connected) {
      retire(worker)
      worker = newWorker(redis, options, run)
      worker.run().catch(options.onError)
    }
    connected = true
  }
  redis.on('ready', onReady)
  return {
    start() {
      worker.run().catch(options.onError)
    },
    async stop(graceMs) {
      redis.off('ready', onReady)
      const late = pause(graceMs, 'late' as const, { ref: false })
      const workers = [...retired, worker]
      const closed = Promise.all(workers.map((one) => one.close().catch(options.onError)))
      // without Redis even a forced close may wait for ever
      if ((await Promise.race([closed, late])) === 'late') for (const one of workers) one.close(true).catch(options.onError)
    },
  }
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
    autorun: false,
    concurrency: options.slots,
    lockDuration: options.leaseMs,
    // BullMQ checks at twice this distance when the worker that checked last is the one that died: so a task of a silent worker starts
    // elsewhere within 1.5 leases
    stalledInterval: options.leaseMs / 5,
    maxStalledCount: neverTooOften,
    drainDelay: 10,
    skipVersionCheck: true,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
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
