import { expect, test } from 'vitest'
import { OutputLines } from './output-lines.ts'

function linesOf(...pieces: [label: string, text: string | Buffer][]): string[] {
  const found: string[] = []
  const lines = new OutputLines((label, text) => found.push(`${label}: ${text}`))
  for (const [label, text] of pieces) lines.push(label, Buffer.from(text))
  lines.end()
  return found
}

test('cuts lines, over pieces', () => {
  expect(linesOf(['f[0]', 'one\ntw'], ['f[0]', 'o\r\n\nthree'])).toEqual(['f[0]: one', 'f[0]: two', 'f[0]: ', 'f[0]: three'])
})

test('another label ends a line', () => {
  expect(linesOf(['f[0]', 'half'], ['f[1]', 'whole\n'])).toEqual(['f[0]: half', 'f[1]: whole'])
})

test('a character that is cut in two is put together again', () => {
  const euro = Buffer.from('€')
  expect(linesOf(['f', euro.subarray(0, 1)], ['f', euro.subarray(1)])).toEqual(['f: €'])
})

test('a line without an end is cut', () => {
  const found = linesOf(['f', 'x'.repeat(200_000)])
  expect(found.map((line) => line.length - 3)).toEqual([65_536, 65_536, 65_536, 3392])
})
