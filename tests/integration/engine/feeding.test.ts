import type { Job } from '@manyhands/contracts'
import { testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ redisUrl: redis.url, workers: 3 })
})
afterAll(() => stack.stop())

const zeros = (count: number) => Array.from({ length: count }, () => 0)

test('a 20-chunk job behind a 2,000-chunk job finishes first', async () => {
  const large = await stack.json('POST', '/v1/pools/default/map', { function: 'spin', items: zeros(2000).fill(1), chunkSize: 1 })
  const small = await stack.json('POST', '/v1/pools/default/map', { function: 'spin', items: zeros(20).fill(1), chunkSize: 1 })
  const done = await stack.ended(small.id)
  const other = await stack.json('GET', `/v1/jobs/${large.id}`)
  expect(done.state).toBe('succeeded')
  expect(other.state).toBe('running')
  expect(other.items.done).toBeLessThan(1000)
  expect((await stack.ended(large.id)).items).toEqual({ total: 2000, done: 2000, failed: 0 })
}, 60_000)

test("a pool's bound of 2 is never exceeded over three workers", async () => {
  await stack.json('POST', '/v1/pools', { name: 'narrow', processes: 2 })
  const jobs = await Promise.all(
    [1, 2, 3].map(() => stack.json('POST', '/v1/pools/narrow/map', { function: 'when', items: zeros(30).fill(10), chunkSize: 1 })),
  )
  const spans: { from: number; to: number }[] = []
  for (const job of jobs) {
    await stack.ended(job.id)
    spans.push(...(await stack.json<{ values: typeof spans }>('GET', `/v1/jobs/${job.id}/result`)).values)
  }
  expect(spans).toHaveLength(90)
  expect(mostAtOnce(spans)).toBe(2)
})

function mostAtOnce(spans: { from: number; to: number }[]): number {
  const steps = spans
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by)
  let [now, most] = [0, 0]
  for (const { by } of steps) {
    now += by
    most = Math.max(most, now)
  }
  return most
}

test('jobs that wait say why', async () => {
  await stack.json('POST', '/v1/pools', { name: 'single', processes: 1 })
  const first = await stack.json('POST', '/v1/pools/single/apply', { function: 'spin', args: [1500] })
  const second = await stack.json('POST', '/v1/pools/single/apply', { function: 'spin', args: [1] })
  const waiting: Job = await stack.json('GET', `/v1/jobs/${second.id}`)
  expect([waiting.state, waiting.waitingFor]).toEqual(['waiting', 'pool-full'])
  await stack.ended(first.id)
  expect((await stack.ended(second.id)).state).toBe('succeeded')
})

test('a chunk that takes far longer than it should is shared with idle processes', async () => {
  // the function seems fast, and nobody knows how many items come: all of them go into one chunk
  await stack.ended((await stack.json('POST', '/v1/pools/default/map', { function: 'when', items: zeros(500) })).id)
  const items = `${zeros(12).fill(150).join('\n')}\n`
  const job = await stack.json('POST', '/v1/pools/default/map?function=when', items, { 'content-type': 'application/x-ndjson' })
  await stack.ended(job.id)
  const { values } = await stack.json<{ values: { pid: number }[] }>('GET', `/v1/jobs/${job.id}/result`)
  expect(values).toHaveLength(12)
  expect(new Set(values.map(({ pid }) => pid)).size).toBe(3)
})
