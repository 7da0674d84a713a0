import { setTimeout as pause } from 'node:timers/promises'
import { groupBase, type Redis } from '@manyhands/redis'
import { DelayedError, type Job, Queue, Worker } from 'bullmq'
import { type LastingWorker, lastingWorker, leaseOptions } from './lasting-worker.ts'
import { eventEntries } from './names.ts'

/** Which try of which delivery of a webhook. */
export interface Try {
  delivery: string
  number: number
}

/** Tries of deliveries, each once, when it is due; BullMQ waits whole seconds for what is delayed, so it may be one late. */
export interface DeliveryQueue {
  /** Adding a try twice is harmless while BullMQ has it. */
  add(one: Try, delayMs: number): Promise<void>
  stop(): Promise<void>
}

const name = 'webhooks'

/** @param redis a connection that others may use too */
export function createDeliveryQueue(redis: Redis, group: string, onError: (error: Error) => void): DeliveryQueue {
  const queue = new Queue<Try>(name, {
    connection: redis,
    prefix: groupBase(group),
    skipVersionCheck: true,
    streams: { events: { maxLen: eventEntries } },
  })
  queue.on('error', onError)
  return {
    async add(one, delayMs) {
      const jobId = `${one.delivery}.${one.number}`
      await queue.add(name, one, { jobId, delay: Math.ceil(delayMs), removeOnComplete: true, removeOnFail: true })
    },
    stop: () => queue.close(),
  }
}

export interface DeliveryConsumerOptions {
  group: string
  /** Tries that run at once. */
  slots: number
  leaseMs: number
  onError: (error: Error) => void
}

/**
 * @param redis a connection of its own; BullMQ makes a second one from it for its blocking call
 * @param run resolves when the try is through, or with how long it is put off, in milliseconds; a rejection means trouble with Redis, and the
 *   try is added anew by whoever finds it overdue
 */
export function createDeliveryConsumer(
  redis: Redis,
  { group, slots, leaseMs, onError }: DeliveryConsumerOptions,
  run: (one: Try) => Promise<number | undefined>,
): LastingWorker {
  const running = new Set<Promise<unknown>>()
  const noted = (trying: Promise<number | undefined>) => {
    running.add(trying)
    return trying.finally(() => running.delete(trying))
  }
  const take = async (job: Job<Try>) => {
    const putOffMs = await noted(run(job.data))
    if (putOffMs === undefined) return
    await job.moveToDelayed(Date.now() + Math.ceil(putOffMs), job.token)
    throw new DelayedError()
  }
  const fresh = () => {
    const worker = new Worker<Try>(name, take, {
      connection: redis,
      prefix: groupBase(group),
      concurrency: slots,
      ...leaseOptions(leaseMs),
    })
    worker.on('error', (error) => worker.closing || onError(error))
    worker.on('failed', (_, error) => worker.closing || onError(error))
    return worker
  }
  // a try that loses its lock is made twice at worst, and noted once
  const worker = lastingWorker(redis, fresh, { onError, keepsLocks: false })
  return {
    start: () => worker.start(),
    async stop(graceMs) {
      await worker.stop(graceMs)
      await Promise.race([Promise.allSettled(running), pause(graceMs, undefined, { ref: false })])
    },
  }
}
