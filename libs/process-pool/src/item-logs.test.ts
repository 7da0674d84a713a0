import { expect, test } from 'vitest'
import { runIn, sliceOf, startPool } from './fixtures/pool.ts'
import type { FailedItem } from './index.ts'
import { ItemLogs } from './parent/item-logs.ts'

const failures = (outcomes: { failed: FailedItem[] }[]) => outcomes.flatMap(({ failed }) => failed.map(({ index, log }) => [index, log]))

test('what a failed item wrote goes with it, and what its neighbours wrote does not', async () => {
  const pool = await startPool()
  const items = [
    { do: 'log', text: 'zero' },
    { do: 'logAndThrow', text: 'one' },
    { do: 'throw', text: 'silent' },
    { do: 'logAndThrow', text: 'three' },
  ]
  for (const name of ['act', 'actLater']) {
    const { outcomes } = await runIn(pool, sliceOf(name, items))
    expect(failures(outcomes)).toEqual([
      [1, 'one\n'],
      [2, undefined],
      [3, 'three\n'],
    ])
  }
})

test('of slices that have the same label, each has its own', async () => {
  const pool = await startPool()
  const slices = ['a', 'b', 'c'].map((text) => sliceOf('act', [{ do: 'logAndThrow', text }]))
  expect(failures((await runIn(pool, ...slices)).outcomes)).toEqual([
    [0, 'a\n'],
    [0, 'b\n'],
    [0, 'c\n'],
  ])
})

test('of an item whose process died three times, what it wrote the last time', async () => {
  const pool = await startPool()
  const items = [
    { do: 'log', text: 'before' },
    { do: 'logAndDie', text: 'dying' },
  ]
  expect(failures((await runIn(pool, sliceOf('act', items))).outcomes)).toEqual([[1, 'dying\n']])
})

test('the end of it, whole characters, and of few items at once', () => {
  const logs = new ItemLogs()
  logs.add(1, Buffer.from('x'.repeat(5000)))
  logs.add(1, Buffer.from('é'.repeat(2047)))
  expect(logs.of(1)).toBe(`xx${'é'.repeat(2047)}`)
  logs.add(1, Buffer.from('yyy'))
  expect(logs.of(1)).toBe(`${'é'.repeat(2046)}yyy`)
  for (let index = 2; index < 1000; index++) logs.add(index, Buffer.from('z'))
  expect([1, 743, 744, 999].map((index) => logs.of(index))).toEqual([undefined, undefined, 'z', 'z'])
  logs.drop(744, 999)
  expect([998, 999].map((index) => logs.of(index))).toEqual([undefined, 'z'])
})
