import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { linesOf } from '../stack.ts'
import { startFleet } from './fleet.ts'
import type { Deed } from './functions.ts'
import type { Entry } from './journal.ts'
import type { Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

const server = testRedis({ aof: true })

type Line = { index: number; value?: number; error?: { code: string; signal?: string } }

/** Processes that die once for an item: the child protocol's rule 3 says how much finished work that may cost. */
const lostMsACrash = 1
const deathBudget = 3

const killers = new Map<number, Deed>([
  [1234, { do: 'kill' }],
  [5005, { do: 'abort' }],
  [8760, { do: 'hoard' }],
])

async function killersAmongTenThousand(mutant?: Mutant): Promise<void> {
  const fleet = await startFleet(server.url, { processes: 2, settings: { MANYHANDS_MEMORY_MB: '192' }, mutant })
  const items = Array.from({ length: 10_000 }, (_, i): Deed => killers.get(i) ?? { do: 'compute', ms: 0.02 })
  const job = await fleet.json('POST', '/v1/pools/default/map', { function: 'act', items, args: [fleet.journal.file] })
  const ended = await fleet.ended(job.id, 60)
  expect([ended.state, ended.items]).toEqual(['failed', { total: 10_000, done: 10_000, failed: 3 }])
  const lines = await linesOf<Line>(await fleet.call('GET', `/v1/jobs/${job.id}/results`))
  expect(lines.map((line) => line.index)).toEqual(items.map((_, i) => i))
  expect(lines.filter((line) => line.error)).toMatchObject([
    { index: 1234, error: { code: 'worker-crashed', signal: 'SIGKILL' } },
    { index: 5005, error: { code: 'worker-crashed', signal: 'SIGABRT' } },
    { index: 8760, error: { code: 'out-of-memory' } },
  ])
  expect(await fleet.storedTwice(job.id)).toBe(0)
  const entries = fleet.journal.entries()
  for (const index of killers.keys()) expect(beginsOf(entries, index)).toBe(deathBudget)
  const lost = lostByProcess(entries)
  expect(Math.max(0, ...lost.values())).toBeLessThanOrEqual(lostMsACrash)
  // careful runs lose nothing
  expect(lost.size).toBeLessThanOrEqual(killers.size)
}

const beginsOf = (entries: Entry[], index: number) => entries.filter((one) => one.event === 'begin' && one.index === index).length

/** Milliseconds of finished work that ran again, by the process that had finished it first. */
function lostByProcess(entries: Entry[]): Map<number, number> {
  const lost = new Map<number, number>()
  const last = new Map<number, Entry>()
  for (const entry of entries.filter((one) => one.event === 'end')) {
    const before = last.get(entry.index)
    if (before) lost.set(before.pid, (lost.get(before.pid) ?? 0) + before.took)
    last.set(entry.index, entry)
  }
  return lost
}

test('3 of 10,000 items kill their process: they fail by name, the others succeed, a crash costs 1 ms of finished work', {
  timeout: patience,
}, async () => {
  for (let round = 0; round < bySize(1, 20); round++) await killersAmongTenThousand()
})

test.each<[string, Mutant]>([
  ['results are told late', { file: 'libs/process-pool/src/child/run.ts', from: 'const burstMs = 1', to: 'const burstMs = 50' }],
])('3 of 10,000 items kill their process, mutant: %s', async (_, mutant) => {
  await expect(killersAmongTenThousand(mutant)).rejects.toThrow('less than or equal to 1')
})

/** One of every 40 calls kills its process, five processes at a time. */
async function poison(rounds: number, mutant?: Mutant): Promise<void> {
  const fleet = await startFleet(server.url, { processes: 5, mutant })
  const isPoison = (i: number) => i % 40 === 17
  const deeds = Array.from({ length: 40 * rounds }, (_, i): Deed => (isPoison(i) ? { do: 'kill' } : { do: 'pause', ms: i % 9 }))
  const ids = await fleet.actAll(deeds)
  for (const [i, id] of ids.entries()) {
    const { state, error } = await fleet.ended(id, 60)
    expect([i, state, error?.code]).toEqual([i, isPoison(i) ? 'failed' : 'succeeded', isPoison(i) ? 'worker-crashed' : undefined])
    if (isPoison(i)) expect(fleet.journal.begins(id)).toHaveLength(deathBudget)
  }
}

test('promise 11: a poison job in 40 crashes after 3 starts, and hurts nobody else', { timeout: patience }, () => poison(bySize(5, 20)))

test.each<[string, Mutant, string]>([
  [
    'the first death is final',
    { file: 'libs/process-pool/src/parent/slice-progress.ts', from: 'this.#deaths >= deathBudget', to: 'this.#deaths >= 1' },
    'length of 3 but got 1',
  ],
  [
    'a task is given up with its process',
    {
      file: 'libs/process-pool/src/parent/slot.ts',
      from: 'if (child) await this.#shift(child, task)',
      to: "if (child) await this.#shift(child, task).then(() => child.isAlive || task.failAll('its process died'))",
    },
    'function-not-loaded',
  ],
])('promise 11, mutant: %s', async (_, mutant, complaint) => {
  await expect(poison(1, mutant)).rejects.toThrow(complaint)
})
