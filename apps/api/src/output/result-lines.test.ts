import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digits, writeNumber } from './number-text.ts'
import { resultLines } from './result-lines.ts'

const value = fc.oneof(fc.jsonValue(), fc.string({ maxLength: 300 }))
const run = fc.tuple(fc.integer({ min: 0, max: 2 ** 40 }), fc.array(fc.tuple(value, fc.boolean()), { minLength: 1, maxLength: 20 }))

test('lines are what JSON.stringify would make of index and value, or error', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 5 }), (runs) => {
      const all = runs.flatMap(([from, items]) => items.map(([item, isError], i) => ({ index: from + i, item, isError })))
      const part = {
        runs: runs.map(([from, items]): [number, number] => [from, from + items.length]),
        failed: all.flatMap(({ isError }, position) => (isError ? [position] : [])),
        lines: Buffer.from(all.map(({ item }) => `${JSON.stringify(item)}\n`).join('')),
      }
      const expected = all.map(
        ({ index, item, isError }) => `${JSON.stringify(isError ? { index, error: item } : { index, value: item })}\n`,
      )
      expect(resultLines(part).toString()).toBe(expected.join(''))
    }),
  )
})

test('numbers', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (number) => {
      const target = Buffer.alloc(20)
      const end = writeNumber(target, 2, number)
      expect([end - 2, target.subarray(2, end).toString()]).toEqual([digits(number), String(number)])
    }),
  )
  expect([0, 9, 10, 99, 100].map(digits)).toEqual([1, 1, 2, 2, 3])
})
