import type { WorkerRecord } from '@manyhands/contracts'
import { heartbeat, leave, registerFunctions, type StoreContext } from '@manyhands/job-store'
import type { StoredFunction } from '@manyhands/jobs'
import type { LoadedFunction } from '@manyhands/process-pool'

/** Between two heartbeats, in milliseconds. */
const beatMs = 5000

export type PresenceRecord = Omit<WorkerRecord, 'seenAt' | 'busy'>

/** Tells the fleet that a worker lives, and what it serves. */
export interface Presence {
  start(): Promise<void>
  stop(): Promise<void>
}

export function createPresence(store: StoreContext, record: PresenceRecord, busy: () => number, onError: (error: Error) => void): Presence {
  let timer: NodeJS.Timeout | undefined
  const beat = async () => {
    await heartbeat(store, record.id, JSON.stringify({ ...record, busy: busy() }), record.processes)
  }
  return {
    async start() {
      await beat()
      timer = setInterval(() => beat().catch(onError), beatMs)
    },
    async stop() {
      if (timer === undefined) return
      clearInterval(timer)
      await leave(store, record.id)
    },
  }
}

/** The functions' records outlive the worker. */
export async function announceFunctions(store: StoreContext, functions: LoadedFunction[]): Promise<void> {
  const records = functions.map(({ name, input, timeoutMs, attempts, backoff, retryOn, noRetryOn }) => {
    const policy = { timeoutMs, attempts, backoff, retryOn, noRetryOn }
    const stored: StoredFunction = { policy, input, seenAt: Date.now() }
    return { name, json: JSON.stringify(stored) }
  })
  await registerFunctions(store, records)
}
