import { expect, test } from 'vitest'
import { brief, errorAt, runIn, type SliceOptions, sliceOf, startPool } from './fixtures/pool.ts'

/** Runs items, and gives what was heard of their progress. */
async function heard(name: string, items: unknown[], options: SliceOptions = {}) {
  const pool = await startPool()
  const words: [index: number, value: unknown][] = []
  const onProgress = (index: number, value: string) => void words.push([index, JSON.parse(value)])
  const collector = await runIn(pool, { ...sliceOf(name, items, options), onProgress }, sliceOf('square', [3]))
  return { words, collector }
}
const steps = (values: unknown[], ms: number) => heard('steps', [values], { constants: JSON.stringify([ms]), runs: [[7, 8]] })

test('any small JSON value, of the item that tells it', async () => {
  const { words } = await steps([0.5, { done: 3, total: 4, message: 'é\n' }, null], 300)
  expect(words).toEqual([
    [7, 0.5],
    [7, { done: 3, total: 4, message: 'é\n' }],
    [7, null],
  ])
})

test('about four a second, the latest counts', async () => {
  const values = Array.from({ length: 100 }, (_, i) => i)
  const { words } = await steps(values, 10)
  expect(words[0]).toEqual([7, 0])
  expect(words.length).toBeGreaterThan(2)
  expect(words.length).toBeLessThan(9)
  expect(words.map(([, value]) => value)).toEqual([...words.map(([, value]) => value)].sort((a, b) => Number(a) - Number(b)))
})

test('one that computes without a pause', async () => {
  const { words } = await heard('computes', [900])
  expect(words.length).toBeGreaterThanOrEqual(3)
  expect(words.length).toBeLessThanOrEqual(5)
})

test('a value that is too large fails its item', async () => {
  const { words, collector } = await steps(['x'.repeat(1100)], 1)
  expect(words).toEqual([])
  expect(errorAt(collector, 0)).toMatchObject({ name: 'RangeError', code: 'function-error' })
  expect(brief(collector.list(1))).toEqual([9])
})
