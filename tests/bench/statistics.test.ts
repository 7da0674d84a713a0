import fc from 'fast-check'
import { expect, test } from 'vitest'
import { median, percentile, spread } from './statistics.ts'

const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 50 })

test('the median is the middle value, or the mean of the two', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(() => median([])).toThrow('no values')
})

test('a percentile is the smallest value that so many do not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
  expect(percentile(hundred, 0.5)).toBe(50)
  expect(percentile(hundred, 0.99)).toBe(99)
  expect(percentile([7], 0.99)).toBe(7)
})

test('both stay within the spread, whatever the order', () => {
  fc.assert(
    fc.property(values, fc.double({ noNaN: true, min: 0, max: 1 }), (list, share) => {
      const [low, high] = spread(list)
      for (const value of [median(list), percentile(list, share)]) expect(value >= low && value <= high).toBe(true)
    }),
  )
})
