import fc from 'fast-check'
import { expect, test } from 'vitest'
import { notRunParts } from './not-run.ts'

test('every item of the gap is a failed one with the code not-run', () => {
  fc.assert(
    fc.property(fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), (from, count) => {
      const parts = [...notRunParts(from, from + count)]
      const lines = parts.flatMap((part) => part.lines.toString().trimEnd().split('\n'))
      expect(parts.flatMap(({ runs: [[first, to] = [0, 0]] }) => Array.from({ length: to - first }, (_, i) => first + i))).toEqual(
        Array.from({ length: count }, (_, i) => from + i),
      )
      expect(lines.every((line) => JSON.parse(line).code === 'not-run')).toBe(true)
      for (const { runs, failed } of parts)
        expect(failed).toEqual(Array.from({ length: (runs[0]?.[1] ?? 0) - (runs[0]?.[0] ?? 0) }, (_, i) => i))
    }),
    { numRuns: 20 },
  )
})

test('a gap of ten billion items costs only what is taken of it', () => {
  const [first] = notRunParts(5, 10_000_000_000)
  expect(first?.runs).toEqual([[5, 1005]])
})
