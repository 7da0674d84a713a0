import { expect, test } from 'vitest'
import { areJsonLines } from './json-lines.ts'

test.each([
  ['', 0],
  ['1\n"a"\n', 2],
  ['{"a":[1, 2]}\r\n', 1],
])('%j is %i lines of JSON', (text, count) => {
  expect(areJsonLines(Buffer.from(text), count)).toBe(true)
})

test.each([
  ['1\n2\n', 1],
  ['1\n', 2],
  ['1', 1],
  ['NaN\n', 1],
  ['{\n"a": 1}\n', 1],
  ['\n', 1],
])('%j is not %i lines of JSON', (text, count) => {
  expect(areJsonLines(Buffer.from(text), count)).toBe(false)
})

test('what is no UTF-8 is no JSON', () => {
  expect(areJsonLines(Buffer.from('"\xff"\n', 'latin1'), 1)).toBe(false)
})
