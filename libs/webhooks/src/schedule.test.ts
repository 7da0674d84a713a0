import { expect, test } from 'vitest'
import { waitBehind } from './schedule.ts'

const delays = [5000, 300_000, 1_800_000]

test('a wait of the schedule, a tenth more or less', () => {
  expect(waitBehind(1, delays, 0, () => 0)).toBe(4500)
  expect(waitBehind(1, delays, 0, () => 0.5)).toBe(5000)
  expect(waitBehind(2, delays, 0, () => 1)).toBeCloseTo(330_000)
})

test('none behind the last try', () => {
  expect(waitBehind(3, delays)).toBeDefined()
  expect(waitBehind(4, delays)).toBeUndefined()
})

test('Retry-After may make it longer, never shorter', () => {
  expect(waitBehind(1, delays, 60_000)).toBe(60_000)
  expect(waitBehind(1, delays, 10, () => 0.5)).toBe(5000)
})
