import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from '@manyhands/redis'
import type { Worker, WorkerOptions } from 'bullmq'

/** A BullMQ worker that goes on after any trouble with Redis. */
export interface LastingWorker {
  start(): void
  /** Takes nothing new; resolves when what runs is through, or after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** A stall is no reason to fail: the claim takes over, and its own budget counts vanished workers (engine.md: Child protocol). */
const neverTooOften = 1_000_000_000

export interface LastingOptions {
  onError: (error: Error) => void
  /** Whether one that fetches no more keeps the locks of what it still runs, and ends with it. After trouble with Redis that may take ten seconds. */
  keepsLocks: boolean
}

/** How all our workers hold what they took. @param leaseMs BullMQ's lock: how long a silent worker keeps it */
export const leaseOptions = (leaseMs: number): Partial<WorkerOptions> => ({
  autorun: false,
  lockDuration: leaseMs,
  // BullMQ checks at twice this distance when the worker that checked last is the one that died: so a task of a silent worker starts
  // elsewhere within 1.5 leases
  stalledInterval: leaseMs / 5,
  maxStalledCount: neverTooOften,
  drainDelay: 10,
  skipVersionCheck: true,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
})

/**
 * A BullMQ worker may never fetch again after Redis was killed and came back (seen in half of such restarts). A fresh one does; the old one
 * fetches no more.
 * @param redis the connection that `fresh` gives its workers
 */
export function lastingWorker(redis: Redis, fresh: () => Worker, { onError, keepsLocks }: LastingOptions): LastingWorker {
  let worker = fresh()
  let connected = redis.status === 'ready'
  const retired = new Set<Worker>()
  const retire = (old: Worker) => {
    retired.add(old)
    old.close(!keepsLocks).then(() => retired.delete(old), onError)
  }
  const onReady = () => {
    if (connected) {
      retire(worker)
      worker = fresh()
      worker.run().catch(onError)
    }
    connected = true
  }
  redis.on('ready', onReady)
  return {
    start() {
      worker.run().catch(onError)
    },
    async stop(graceMs) {
      redis.off('ready', onReady)
      const late = pause(graceMs, 'late' as const, { ref: false })
      const workers = [...retired, worker]
      const closed = Promise.all(workers.map((one) => one.close(!keepsLocks).catch(onError)))
      // without Redis even a forced close may wait for ever
      if ((await Promise.race([closed, late])) === 'late') for (const one of workers) one.close(true).catch(onError)
    },
  }
}
