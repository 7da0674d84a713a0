import { expect, test } from 'vitest'
import { brief, errorAt, runIn, sliceOf, startPool } from './fixtures/pool.ts'

test.for(['act', 'never', 'actLater'])('%s: an item that never returns fails alone, in time', async (name) => {
  const pool = await startPool()
  const started = performance.now()
  const collector = await runIn(pool, sliceOf(name, [{ do: 'hang' }], { timeoutMs: 300 }), sliceOf('square', [2]))
  expect(errorAt(collector, 0)).toMatchObject({ name: 'TimeoutError', code: 'timeout', message: 'The item ran longer than 300 ms' })
  expect(brief(collector.list(1))).toEqual([4])
  expect(performance.now() - started).toBeGreaterThanOrEqual(299)
})

test('among fast neighbours the one that hangs is found', async () => {
  const pool = await startPool()
  const items = Array.from({ length: 100 }, (_, i) => (i === 50 ? { do: 'hang' } : { do: 'ok', value: i }))
  for (const name of ['act', 'actLater']) {
    const collector = await runIn(pool, sliceOf(name, items, { timeoutMs: 300 }))
    expect(brief(collector.list())).toEqual(items.map((_, i) => (i === 50 ? 'timeout' : i)))
  }
})

test("the time is one item's, not the slice's", async () => {
  const pool = await startPool()
  const items = Array.from({ length: 20 }, (_, i) => ({ do: 'slow', size: 40, value: i }))
  expect(brief((await runIn(pool, sliceOf('act', items, { timeoutMs: 500 }))).list())).toEqual(items.map((_, i) => i))
})

test('each slice has its own limit', async () => {
  const pool = await startPool()
  const slow = [{ do: 'slow', size: 400, value: 'slow' }]
  const collector = await runIn(
    pool,
    sliceOf('act', slow),
    sliceOf('act', slow, { timeoutMs: 100 }),
    sliceOf('act', slow, { timeoutMs: 5000 }),
  )
  expect([0, 1, 2].map((slice) => brief(collector.list(slice)))).toEqual([['slow'], ['timeout'], ['slow']])
})
