import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { checkMs, type Fleet, leaseMs, startFleet } from './fleet.ts'
import type { Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

const server = testRedis({ aof: true })

const kills = 3

/** Whoever takes over lives already, and its processes are up: nothing else is free, so these calls are all its own. */
async function addHeir(fleet: Fleet, processes: number): Promise<void> {
  await fleet.addWorker()
  const warm = await fleet.actAll(Array.from({ length: processes }, () => ({ do: 'pause', ms: 300 })))
  for (const id of warm) await fleet.ended(id)
}

/** Kills the worker that has the jobs, and gives what each of them waited for its next start, in milliseconds. */
async function killTheirWorker(fleet: Fleet, jobs: string[], times: number): Promise<number[]> {
  const [first] = await Promise.all(jobs.map((job) => fleet.begun(job, times)))
  await addHeir(fleet, jobs.length)
  const diedAt = Date.now()
  fleet.workerOf(first?.pid ?? 0)?.kill('SIGKILL')
  const next = await Promise.all(jobs.map((job) => fleet.begun(job, times + 1, 4 * leaseMs)))
  return next.map(({ at }) => at - diedAt)
}

/** The same jobs lose their worker three times; the fourth one ends them. */
async function orphans(jobCount: number, mutant?: Mutant): Promise<number[]> {
  const fleet = await startFleet(server.url, { processes: jobCount, mutant })
  const gate = fleet.journal.gate('end')
  const jobs = await fleet.actAll(Array.from({ length: jobCount }, () => ({ do: 'wait', gate })))
  const waits: number[] = []
  for (let i = 1; i <= kills; i++) waits.push(...(await killTheirWorker(fleet, jobs, i)))
  fleet.journal.open(gate)
  for (const job of jobs) {
    expect(await fleet.ended(job)).toMatchObject({ state: 'succeeded', error: null, items: { done: 1, failed: 0 } })
    expect(fleet.journal.begins(job)).toHaveLength(kills + 1)
  }
  return waits
}

const percentile = (share: number, values: number[]): number => values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? 0

test('promise 9: work of a worker that was killed starts again within lease + check interval, and three such deaths blame nobody', {
  timeout: patience,
}, async () => {
  const waits: number[] = []
  for (let round = 0; round < bySize(1, 20); round++) waits.push(...(await orphans(3)))
  expect(percentile(0.99, waits), waits.map(Math.round).join(' ')).toBeLessThanOrEqual(leaseMs + checkMs)
})

test.each<[string, Mutant]>([
  ['nobody looks for what stalls', { file: 'libs/queue/src/lasting-worker.ts', from: 'leaseMs / 5', to: '600_000' }],
  [
    'the second death is blamed on the item',
    { file: 'libs/jobs/src/running/runner.ts', from: 'const vanishBudget = 5', to: 'const vanishBudget = 2' },
  ],
])('promise 9, mutant: %s', async (_, mutant) => {
  await expect(orphans(1, mutant)).rejects.toThrow(/begin \d of .* did not come true/)
})
