import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffDelay } from './backoff.ts'

test('fixed and exponential waits', () => {
  expect([1, 2, 3].map((tries) => backoffDelay({ type: 'fixed', delayMs: 50 }, tries, 0.5))).toEqual([50, 50, 50])
  expect([1, 2, 3, 4].map((tries) => backoffDelay({ type: 'exponential', delayMs: 50, maxDelayMs: 300 }, tries, 0.5))).toEqual([
    50, 100, 200, 300,
  ])
  expect(backoffDelay(undefined, 3, 0.5)).toBe(0)
})

test('jitter never leaves its share of the wait, and the cap holds for any try', () => {
  const cases = fc.tuple(
    fc.integer({ min: 1, max: 1e6 }),
    fc.integer({ min: 1, max: 100 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
  )
  fc.assert(
    fc.property(cases, ([delayMs, tries, jitter, random]) => {
      const wait = backoffDelay({ type: 'exponential', delayMs, maxDelayMs: 1e7, jitter }, tries, random)
      const full = Math.min(delayMs * 2 ** (tries - 1), 1e7)
      expect(wait).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)))
      expect(wait).toBeLessThanOrEqual(Math.ceil(full))
    }),
  )
})
