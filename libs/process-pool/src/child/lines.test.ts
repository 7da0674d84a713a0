import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lines } from './lines.ts'

function readAll(body: Buffer, count: number): unknown[] {
  const lines = new Lines(body, 'plain')
  return Array.from({ length: count }, () => read(lines))
}

function read(lines: Lines): unknown {
  try {
    return lines.next()
  } catch (error) {
    return (error as { code?: string }).code
  }
}

const value = fc.oneof(
  fc.integer(),
  fc.nat(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.boolean()),
)

test('each line is read as JSON.parse reads it', () => {
  const property = fc.property(fc.array(value), (values) => {
    const lines = values.map((item) => JSON.stringify(item))
    const expected = lines.map((line) => JSON.parse(line))
    expect(readAll(Buffer.from(lines.map((line) => `${line}\n`).join('')), lines.length)).toEqual(expected)
    // the last LF may be missing
    expect(readAll(Buffer.from(lines.join('\n')), lines.length)).toEqual(expected)
  })
  fc.assert(property)
})

test.for(['01', '-', '1 2', '', '1e', '12345678901234567890', '+1', '٣', '1a'])('%o is refused, and the line after it is read', (line) => {
  const [first, second] = readAll(Buffer.from(`${line}\n7\n`), 2)
  expect(['invalid-json', 'number-not-representable']).toContain(first)
  expect(second).toBe(7)
})

test('bad UTF-8 fails its line only, before and behind the edge of a window', () => {
  const bad = Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a])
  const filler = Buffer.from(`"${'é'.repeat(100_000)}"\n`)
  const body = Buffer.concat([filler, bad, filler, filler, Buffer.from('1\n'), bad, Buffer.from('2\n')])
  const long = 'é'.repeat(100_000)
  expect(readAll(body, 7)).toEqual([long, 'invalid-json', long, long, 1, 'invalid-json', 2])
})

test('goes back to any line, over windows', () => {
  const values = Array.from({ length: 60_000 }, (_, i) => (i % 1000 === 0 ? `é${i}` : i))
  const lines = new Lines(Buffer.from(values.map((item) => `${JSON.stringify(item)}\n`).join('')), 'plain')
  for (const start of [59_999, 0, 1000, 40_000, 3]) {
    lines.rewind(start)
    expect([lines.next(), ...(start < 59_999 ? [lines.next()] : [])]).toEqual(values.slice(start, start + 2))
  }
})
