import { expect, test } from 'vitest'
import { usableBytes } from './memory.ts'

test.each([
  [8e9, 0, 8e9],
  [8e9, 2e9, 2e9],
  [8e9, 2 ** 63, 8e9],
])('of %d bytes, limited to %d, %d may be used', (total, constrained, usable) => {
  expect(usableBytes(total, constrained)).toBe(usable)
})
