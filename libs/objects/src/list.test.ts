import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepped } from './list.ts'

/** Python's own definition (reference, "Common Sequence Operations", note 5). */
function byDefinition(values: number[], start: number | undefined, stop: number | undefined, step: number): number[] {
  const size = values.length
  const bound = (at: number, low: number, high: number) => Math.min(high, Math.max(low, at < 0 ? at + size : at))
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const from = start === undefined ? (step > 0 ? 0 : size - 1) : bound(start, low, high)
  const to = stop === undefined ? (step > 0 ? size : -1) : bound(stop, low, high)
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => values[from + i * step] as number)
}

test("a slice of any step is Python's", () => {
  const at = fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined })
  const step = fc.integer({ min: -4, max: 4 }).filter((value) => value !== 0)
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 10 }), at, at, step, (values, start, stop, by) => {
      expect(stepped(values, start, stop, by)).toEqual(byDefinition(values, start, stop, by))
    }),
  )
})

test('a step of 0 is refused', () => {
  expect(() => stepped([1], 0, 1, 0)).toThrow('the step of a slice is 0')
})
