import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FailureLines } from './failure-lines.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const error = { name: 'RangeError', code: 'function-error', message: 'too large\nby far' } as const

test('some are told, the rest is counted, each second anew', () => {
  const lines: string[] = []
  const failures = new FailureLines((line) => lines.push(line))
  for (let index = 0; index < 12; index++) failures.note({ function: 'resize', index, error })
  expect(lines).toHaveLength(10)
  expect(lines[3]).toBe('resize[3] failed: RangeError: too large')
  vi.advanceTimersByTime(1000)
  expect(lines.slice(10)).toEqual(['2 more items failed'])
  failures.note({ function: 'resize', index: 12, error })
  vi.advanceTimersByTime(1000)
  expect(lines.slice(11)).toEqual(['resize[12] failed: RangeError: too large'])
})
