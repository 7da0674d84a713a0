import fc from 'fast-check'
import { expect, test } from 'vitest'
import { driftOf, majorityOf, nodePatience, validityOf } from './lock-validity.ts'

test('two majorities always share a node', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 99 }), (nodes) => 2 * majorityOf(nodes) > nodes && majorityOf(nodes) <= nodes))
  expect([3, 5].map(majorityOf)).toEqual([2, 3])
})

test('a node is waited for 50 ms at most, and never for long against the lease', () => {
  expect([100, 1000, 60_000].map(nodePatience)).toEqual([5, 50, 50])
})

test('a grant is valid for less than its lease, however soon it came', () => {
  expect(validityOf(1000, 0)).toBe(988)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60_000 }), fc.nat(120_000), (ttl, elapsed) => {
      expect(validityOf(ttl, elapsed) + elapsed + driftOf(ttl)).toBeCloseTo(ttl)
    }),
  )
})
