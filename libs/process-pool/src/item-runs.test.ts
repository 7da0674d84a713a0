import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countItems, indexAt } from './item-runs.ts'

const runs = fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 6 }).map((steps) => {
  let at = 0
  return steps.map(([gap, length]): [number, number] => {
    const from = at + gap
    at = from + length
    return [from, at]
  })
})

const listOf = (list: readonly (readonly [number, number])[]) =>
  list.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i))

test('positions and indexes of runs agree with the written-out list', () => {
  const property = fc.property(runs, (given) => {
    const list = listOf(given)
    expect(countItems(given)).toBe(list.length)
    expect(list.map((_, position) => indexAt(given, position))).toEqual(list)
  })
  fc.assert(property)
  expect(() => indexAt([[0, 2]], 2)).toThrow(RangeError)
})
