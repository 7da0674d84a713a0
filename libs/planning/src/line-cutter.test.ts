import { ProblemError } from '@manyhands/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Block } from './block.ts'
import { tableStep } from './block.ts'
import { blockOfLines } from './block-builder.ts'
import type { LineCutterOptions } from './line-cutter.ts'
import { LineCutter } from './line-cutter.ts'

/** The same rules, written the plain way. */
function splitByHand(text: Buffer, skip = 0): string[] {
  const lines = text
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .split('\n')
  return lines
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => /[^ \t\r]/.test(line))
    .slice(skip)
}

function cut(pieces: Buffer[], options: Partial<LineCutterOptions> = {}, flushAfter: (i: number) => boolean = () => false): Block[] {
  const cutter = new LineCutter({ itemBytes: 1000, blockBytes: 256, ...options })
  const blocks = pieces.flatMap((piece, i) => {
    const filled = cutter.push(piece)
    const partial = flushAfter(i) ? cutter.flush() : undefined
    return partial ? [...filled, partial] : filled
  })
  return [...blocks, ...cutter.end()]
}

const linesOf = (blocks: Block[]) => blocks.flatMap((block) => block.text.toString('latin1').split('\n').slice(0, -1))

function checkBlock(block: Block, blockBytes: number): void {
  const lines = block.text.toString('latin1').split('\n')
  expect(lines.pop()).toBe('')
  expect(block.count).toBe(lines.length)
  expect(block.count).toBeGreaterThan(0)
  if (block.count > 1) expect(block.text.length).toBeLessThanOrEqual(blockBytes)
  const offsets = lines.map((_, i) => lines.slice(0, i).reduce((sum, line) => sum + line.length + 1, 0))
  const table = Array.from({ length: block.table.length / 4 }, (_, i) => block.table.readUInt32LE(i * 4))
  expect(table).toEqual(offsets.filter((_, i) => i % tableStep === 0))
}

function cutAt(text: Buffer, edges: number[]): Buffer[] {
  const places = [0, ...edges.map((edge) => edge % (text.length + 1)).sort((a, b) => a - b), text.length]
  return places.slice(1).map((end, i) => text.subarray(places[i], end))
}

const fragment = fc.constantFrom(
  '1',
  '22',
  '"é😀"',
  '{"a": 1}',
  ' ',
  '\t',
  '\r',
  '\n',
  '\n',
  '\r\n',
  '\n\n',
  'x'.repeat(70),
  'y'.repeat(300),
  '\ufeff',
)
const ndjson = fc.array(fragment, { maxLength: 120 }).map((parts) => Buffer.from(parts.join('')))

describe('LineCutter', () => {
  test('any edges, any line ends: the same lines as split by hand', () => {
    fc.assert(
      fc.property(
        ndjson,
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.array(fc.boolean()),
        fc.integer({ min: 1, max: 300 }),
        fc.nat({ max: 9 }),
        (text, edges, flushes, blockBytes, skip) => {
          const blocks = cut(cutAt(text, edges), { blockBytes, skip, itemBytes: 100_000 }, (i) => flushes[i] === true)
          expect(linesOf(blocks)).toEqual(splitByHand(text, skip))
          for (const block of blocks) checkBlock(block, blockBytes)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('many short lines, byte by byte and at once', () => {
    const text = Buffer.from(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(''))
    const bytewise = cut(Array.from(text, (_, i) => text.subarray(i, i + 1)))
    const whole = cut([text])
    expect(linesOf(whole)).toEqual(splitByHand(text))
    expect(bytewise).toEqual(whole)
    for (const block of whole) checkBlock(block, 256)
    expect(whole.length).toBeLessThan(text.length / 200)
  })

  test.each([
    ['CRLF', '1\r\n2\r\n', ['1', '2']],
    ['CRLF without a last LF', '1\r\n2\r', ['1', '2']],
    ['CR that is no line end', '1\r2\r\r\n3', ['1\r2\r', '3']],
    ['blank lines', '\n \n\t\r\n1\n\n2\n\r\n', ['1', '2']],
    ['BOM', '\ufeff1\n\ufeff2\n', ['1', '\ufeff2']],
    ['only a BOM', '\ufeff', []],
    ['a BOM before a blank line', '\ufeff \n1', ['1']],
    ['no last newline', '1\n{"a":1}', ['1', '{"a":1}']],
    ['nothing', '', []],
    ['whitespace inside and around an item stays', ' [1, 2]\t\n', [' [1, 2]\t']],
  ])('%s', (_, text, lines) => {
    const bytes = Buffer.from(text)
    const pieces = Array.from(bytes, (_byte, i) => bytes.subarray(i, i + 1))
    for (const input of [[bytes], pieces]) expect(linesOf(cut(input))).toEqual(lines.map((line) => Buffer.from(line).toString('latin1')))
  })

  test('the first two bytes of a BOM alone are an item', () => {
    expect(cut([Buffer.from([0xef]), Buffer.from([0xbb])])[0]?.text).toEqual(Buffer.from([0xef, 0xbb, 0x0a]))
  })

  test('bad UTF-8 and multi-byte characters on edges stay as they are', () => {
    const text = Buffer.concat([Buffer.from('"é😀"\n'), Buffer.from([0x22, 0xff, 0xc3, 0x22, 0x0a])])
    for (let edge = 0; edge <= text.length; edge++) {
      expect(Buffer.concat(cut(cutAt(text, [edge])).map((block) => block.text))).toEqual(text)
    }
  })

  test('flush gives whole lines only', () => {
    const cutter = new LineCutter({ itemBytes: 100 })
    expect(cutter.flush()).toBeUndefined()
    expect(cutter.push(Buffer.from('1\n2\n3'))).toEqual([])
    expect(cutter.flush()).toEqual(blockOfLines([Buffer.from('1'), Buffer.from('2')]))
    expect(cutter.flush()).toBeUndefined()
    expect(cutter.push(Buffer.from('4\n'))).toEqual([])
    expect(cutter.end()).toEqual([blockOfLines([Buffer.from('34')])])
    expect(cutter.items).toBe(3)
  })

  test('blocks do not change when the pieces they came from do', () => {
    const piece = Buffer.from('1\n2\n')
    const cutter = new LineCutter({ itemBytes: 100 })
    cutter.push(piece)
    piece.fill(0)
    expect(cutter.flush()?.text.toString()).toBe('1\n2\n')
  })

  test('a line larger than a block is a block of its own', () => {
    const large = 'x'.repeat(600)
    const blocks = cut([Buffer.from(`1\n${large}\n2\n`)])
    expect(blocks.map((block) => block.text.toString())).toEqual(['1\n', `${large}\n`, '2\n'])
  })

  test('skip drops items, not blank lines, and counts them', () => {
    const cutter = new LineCutter({ itemBytes: 100, skip: 2 })
    cutter.push(Buffer.from('\n1\n\n'))
    cutter.push(Buffer.from('2'))
    cutter.push(Buffer.from('\n\n3\n'))
    expect(linesOf(cutter.end())).toEqual(['3'])
    expect(cutter.items).toBe(3)
  })
})

describe('an item over the limit', () => {
  const limit = 1000
  const tooLarge = (pieces: string[], more: Partial<LineCutterOptions> = {}) => {
    try {
      cut(
        pieces.map((piece) => Buffer.from(piece)),
        { itemBytes: limit, ...more },
      )
    } catch (error) {
      if (error instanceof ProblemError) return `${error.code} ${error.message}`
      throw error
    }
    return 'none'
  }

  test.each([
    ['exactly at the limit', [`1\n${'x'.repeat(limit)}\r\n`], 'none'],
    ['in one piece', [`1\n${'x'.repeat(limit + 1)}\n`], 'item-too-large Item 1 is larger than the limit of 1000 bytes'],
    ['over two pieces', ['x'.repeat(limit), 'x\n'], 'item-too-large Item 0 is larger than the limit of 1000 bytes'],
    ['without an end', ['x'.repeat(limit), 'x'], 'item-too-large Item 0 is larger than the limit of 1000 bytes'],
    ['the last one', ['1\n', 'x'.repeat(limit), 'x'], 'item-too-large Item 1 is larger than the limit of 1000 bytes'],
  ])('%s', (_, pieces, outcome) => {
    expect(tooLarge(pieces)).toBe(outcome)
    expect(tooLarge(pieces, { blockBytes: 1 << 17 })).toBe(outcome)
    expect(tooLarge(pieces, { skip: 5 })).toBe(outcome)
  })

  test('is refused before its end comes, with no more than the limit and a piece held', () => {
    const cutter = new LineCutter({ itemBytes: 1 << 20 })
    const piece = Buffer.alloc(64 << 10, 'x')
    for (let i = 0; i < 16; i++) expect(cutter.push(piece)).toEqual([])
    expect(() => cutter.push(piece)).toThrow(ProblemError)
  })
})

test('blockOfLines is what the cutter makes of the same lines', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z0-9]{1,9}$/), { minLength: 1, maxLength: 70 }), (lines) => {
      const block = blockOfLines(lines.map((line) => Buffer.from(line)))
      checkBlock(block, 1000)
      expect([block]).toEqual(cut([Buffer.from(lines.join('\n'))], { blockBytes: 1000 }))
    }),
  )
  expect(blockOfLines([])).toEqual({ text: Buffer.alloc(0), count: 0, table: Buffer.alloc(0) })
})
