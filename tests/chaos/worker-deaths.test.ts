import { setTimeout as pause } from 'node:timers/promises'
import { testRedis } from '@manyhands/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linesOf } from '../stack.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { describe as describeValue } from './functions.ts'
import { luaMutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

const server = testRedis({ aof: true })

const betweenMs = 700
interface Size {
  kills: number
  calls: number
  inputs: number
}

/** Kills a worker every 0.7 s and puts another in its place. */
async function killWorkers(fleet: Fleet, kills: number): Promise<void> {
  for (let i = 0; i < kills; i++) {
    await pause(betweenMs)
    fleet.workers.at(-3)?.kill('SIGKILL')
    await fleet.addWorker()
  }
}

/** What `Array.map` makes of the inputs here, as the results of a job tell it. */
function mappedHere(inputs: unknown[]): object[] {
  return inputs.map((input, index) => {
    try {
      return { index, value: describeValue(input) }
    } catch (error) {
      return { index, error: { name: 'RangeError', code: 'function-error', message: (error as Error).message } }
    }
  })
}

async function expectEqualToHere(fleet: Fleet, job: string, inputs: unknown[]): Promise<void> {
  const expected = mappedHere(inputs)
  const failed = expected.filter((line) => 'error' in line).length
  const ended = await fleet.ended(job, 300)
  expect(ended.items).toEqual({ total: inputs.length, done: inputs.length, failed })
  expect(await linesOf(await fleet.call('GET', `/v1/jobs/${job}/results`))).toMatchObject(expected)
  expect(await fleet.storedTwice(job)).toBe(0)
}

async function expectOneResultEach(fleet: Fleet, calls: string[], seconds: number): Promise<void> {
  for (const id of calls) {
    const { state, items } = await fleet.ended(id, seconds)
    expect([state, items]).toEqual(['succeeded', { total: 1, done: 1, failed: 0 }])
    expect(await fleet.storedTwice(id)).toBe(0)
  }
}

async function survive({ kills, calls, inputs }: Size): Promise<void> {
  const fleet = await startFleet(server.url, { workers: 3 })
  const values = fc.sample(fc.jsonValue({ maxDepth: 3 }), { numRuns: inputs, seed: 14 })
  const ids = await fleet.actAll(Array.from({ length: calls }, (_, i) => ({ do: 'pause', ms: i % 30 })))
  // so slow that it lasts as long as the killing does
  const ms = Math.ceil((3 * kills * betweenMs) / inputs)
  const body = { function: 'describeSlowly', items: values, args: [ms], chunkSize: 20 }
  const map = await fleet.json('POST', '/v1/pools/default/map', body)
  await killWorkers(fleet, kills)
  await expectOneResultEach(fleet, ids, 300)
  await expectEqualToHere(fleet, map.id, values)
}

// nobody who looks for what stalls: that mutant stands in orphans.test.ts
test(
  'promises 1 and 14: a worker is killed every 0.7 s: no job is lost, each has one result, a map is what Array.map makes',
  {
    timeout: patience,
  },
  () => survive(bySize({ kills: 8, calls: 300, inputs: 1500 }, { kills: 60, calls: 2000, inputs: 10_000 })),
)

test('promise 14, mutant: results stand in the order in which they came', async () => {
  const mutant = luaMutant('settle.lua', "'order'), digits(from), member)", "'order'), digits(record.done), member)")
  const fleet = await startFleet(server.url, { workers: 2, mutant })
  const values = Array.from({ length: 60 }, (_, i) => i)
  const items = values.map((i) => ({ do: 'pause', ms: i < 20 ? 30 : 1 }))
  const job = await fleet.json('POST', '/v1/pools/default/map', { function: 'act', items, args: [fleet.journal.file], chunkSize: 10 })
  await fleet.ended(job.id)
  const lines = await linesOf<{ index: number }>(await fleet.call('GET', `/v1/jobs/${job.id}/results`))
  expect(lines.map(({ index }) => index)).not.toEqual(values)
})
