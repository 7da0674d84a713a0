import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countRuns, eachIndex, type Run, sliceRuns } from './runs.ts'

const runs: fc.Arbitrary<Run[]> = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 9 })), { maxLength: 8 }).map((steps) => {
  let at = 0
  return steps.map(([gap, length]): Run => {
    const from = at + gap
    at = from + length
    return [from, at]
  })
})

test('sliceRuns is a slice of the indexes', () => {
  fc.assert(
    fc.property(runs, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (all, skip, count) => {
      const taken = sliceRuns(all, skip, skip + count)
      expect([...eachIndex(taken)]).toEqual([...eachIndex(all)].slice(skip, skip + count))
      expect(countRuns(taken)).toBe(Math.max(0, Math.min(count, countRuns(all) - skip)))
    }),
  )
})
