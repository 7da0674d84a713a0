import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Alarm } from './alarm.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const day = 86_400_000

test.for([1, 500, 30 * day])('rings after %d ms, and not before', (ms) => {
  const ring = vi.fn<() => void>()
  const alarm = new Alarm(ring)
  alarm.set(ms)
  vi.advanceTimersByTime(ms - 1)
  expect(ring).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(ring).toHaveBeenCalledOnce()
})

test('counts anew when it is set again, and not at all without a time', () => {
  const ring = vi.fn<() => void>()
  const alarm = new Alarm(ring)
  alarm.set(100)
  vi.advanceTimersByTime(60)
  alarm.set(100)
  vi.advanceTimersByTime(60)
  expect(ring).not.toHaveBeenCalled()
  alarm.set(undefined)
  vi.advanceTimersByTime(1000)
  expect(ring).not.toHaveBeenCalled()
})
