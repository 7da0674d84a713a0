import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { type Fleet, startFleet } from './fleet.ts'
import type { Deed } from './functions.ts'
import type { Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

const server = testRedis({ aof: true })

/** A worker's time to end what runs is 500 ms: these are shorter. */
const shortMs = [5, 20, 60, 150]
const handBackMs = 1000

/** Keeps the fleet busy until it is told to stop; gives the ids of all jobs. */
async function keepBusy(fleet: Fleet, stop: AbortSignal): Promise<string[]> {
  const ids: string[] = []
  const calls = Array.from({ length: 24 }, (_, i): Deed => ({ do: 'pause', ms: shortMs[i % 4] ?? 0 }))
  // a chunk takes longer than a worker has, and its items do not
  const items = calls.map((): Deed => ({ do: 'pause', ms: 150 }))
  while (!stop.aborted) {
    const map = await fleet.json('POST', '/v1/pools/default/map', { function: 'act', items, args: [fleet.journal.file], chunkSize: 12 })
    const batch = [map.id, ...(await fleet.actAll(calls))]
    for (const id of batch) await fleet.ended(id, 60)
    ids.push(...batch)
  }
  return ids
}

/** A new worker comes, then the one that has the long job is told to end. Gives how long that job was in nobody's hands. */
async function replaceWorker(fleet: Fleet, long: string, turn: number): Promise<number> {
  await fleet.addWorker()
  const { pid } = await fleet.begun(long, turn)
  const worker = fleet.workerOf(pid)
  const toldAt = Date.now()
  await worker?.stop()
  return (await fleet.begun(long, turn + 1)).at - toldAt
}

async function rollingRestart(turns: number, mutant?: Mutant): Promise<void> {
  const fleet = await startFleet(server.url, { workers: 2, processes: 3, mutant })
  const gate = fleet.journal.gate('long')
  const long = await fleet.act({ do: 'wait', gate }, { priority: 100 })
  const over = new AbortController()
  const busy = [keepBusy(fleet, over.signal), keepBusy(fleet, over.signal)]
  for (let turn = 1; turn <= turns; turn++) expect(await replaceWorker(fleet, long.id, turn)).toBeLessThan(handBackMs)
  over.abort()
  const ids = (await Promise.all(busy)).flat()
  fleet.journal.open(gate)
  expect((await fleet.ended(long.id)).state).toBe('succeeded')
  for (const id of ids) expect(await fleet.json('GET', `/v1/jobs/${id}`)).toMatchObject({ state: 'succeeded', items: { failed: 0 } })
  expect(secondStarts(fleet, long.id), 'second starts').toEqual([])
}

/** Short items that began more than once. */
function secondStarts(fleet: Fleet, long: string): string[] {
  const begins = fleet.journal.entries().filter(({ event, job }) => event === 'begin' && job !== long)
  const seen = new Set<string>()
  return begins.map(({ job, index }) => `${job} ${index}`).filter((item) => seen.size === seen.add(item).size)
}

test(
  'promise 12: workers that are replaced in turn lose nothing, start nothing short twice, and hand back at once what is long',
  {
    timeout: patience,
  },
  () => rollingRestart(bySize(4, 20)),
)

test('promise 12, mutant: a worker that is told to end kills at once', async () => {
  const mutant = { file: 'apps/worker/src/compose.ts', from: 'const graceMs = 500', to: 'const graceMs = 0' }
  await expect(rollingRestart(2, mutant)).rejects.toThrow('second starts')
})
