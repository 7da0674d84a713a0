import { fileURLToPath } from 'node:url'
import type { Job } from '@manyhands/contracts'
import { closeRedis, connectRedis, jobKey } from '@manyhands/redis'
import { childrenOf, eventually } from '@manyhands/testing'
import { onTestFinished } from 'vitest'
import { type Service, startStack, type TestStack } from '../stack.ts'
import type { Deed } from './functions.ts'
import { type Entry, type Journal, newJournal } from './journal.ts'
import { asMutant, type Mutant } from './mutants.ts'

/** A lease of one second; what stalls is looked for every half. */
export const leaseMs = 1000
export const checkMs = 500

export interface FleetOptions {
  workers?: number
  /** Processes of a worker. */
  processes?: number
  settings?: Record<string, string>
  mutant?: Mutant | undefined
}

/** A stack on the functions of this folder, with a journal of what they did. */
export interface Fleet extends TestStack {
  journal: Journal
  /** Submits one call of `act`. */
  act(deed: Deed, options?: object): Promise<Job>
  /** Submits many, and gives their ids. */
  actAll(deeds: Deed[], options?: object): Promise<string[]>
  /** Waits until the item has begun for the nth time. */
  begun(job: string, times?: number, timeoutMs?: number): Promise<Entry>
  /** The worker whose child the process is. */
  workerOf(pid: number): Service | undefined
  /** Items that stand in more than one stored part. */
  storedTwice(job: string): Promise<number>
}

const functions = fileURLToPath(new URL('./functions.ts', import.meta.url))

/** It ends with its test. */
export async function startFleet(redisUrl: string, options: FleetOptions = {}): Promise<Fleet> {
  const { workers = 1, processes = 1, settings, mutant } = options
  const stack = await startStack({
    redisUrl,
    workers,
    settings: {
      MANYHANDS_FUNCTIONS: functions,
      MANYHANDS_LEASE_MS: String(leaseMs),
      MANYHANDS_PROCESSES: String(processes),
      ...settings,
      ...asMutant(mutant),
    },
  })
  const journal = newJournal()
  onTestFinished(() => stack.stop())
  const call = (deed: Deed, more: object) => ({ function: 'act', args: [deed, journal.file], ...more })
  return Object.assign(stack, {
    journal,
    act: (deed: Deed, more: object = {}) => stack.json('POST', '/v1/pools/default/apply', call(deed, more)),
    actAll: async (all: Deed[], more: object = {}) => {
      const body = { calls: all.map((deed) => call(deed, more)) }
      const { jobs } = await stack.json<{ jobs: { id: string }[] }>('POST', '/v1/pools/default/apply', body)
      return jobs.map(({ id }) => id)
    },
    begun: (job: string, times = 1, timeoutMs = 5000) =>
      eventually(() => journal.begins(job)[times - 1] ?? false, { timeoutMs, describe: `begin ${times} of ${job}` }),
    workerOf: (pid: number) => stack.workers.find((worker) => childrenOf(worker.pid).some((child) => child.pid === pid)),
    storedTwice: (job: string) => storedTwice(stack, job),
  })
}

async function storedTwice({ redisUrl, group }: TestStack, job: string): Promise<number> {
  const redis = connectRedis(redisUrl, 'store', () => undefined)
  try {
    const rows = await redis.zrange(jobKey(group, 'default', job, 'order'), '0', '-1')
    const indexes = rows.flatMap((row) => {
      const [, from = 0, to = 0] = row.split(':').map(Number)
      return Array.from({ length: to - from }, (_, i) => from + i)
    })
    return indexes.length - new Set(indexes).size
  } finally {
    await closeRedis(redis)
  }
}
