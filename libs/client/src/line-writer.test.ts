import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ValueError } from './errors.ts'
import { readLines } from './line-reader.ts'
import { type Lines, LineWriter, linesAfter } from './line-writer.ts'

const text = ({ bytes }: Lines): string => new TextDecoder().decode(bytes)

function written(items: unknown[]): Lines {
  const writer = new LineWriter()
  for (const item of items) writer.write(item)
  return writer.take()
}

const integer = fc.oneof(
  fc.integer(),
  fc.constantFrom(
    0,
    -1,
    9,
    10,
    99,
    100,
    999_999_999,
    1_000_000_000,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    10 ** 15,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
    2 ** 53,
  ),
  fc.maxSafeInteger(),
)
// `__proto__` is refused as a key
const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"__proto__"'))
const item = fc.oneof({ weight: 3, arbitrary: integer }, fc.double({ noNaN: true }), fc.string({ unit: 'grapheme' }), json)

describe('lines', () => {
  it('are what JSON.stringify writes, an item a line', () => {
    expect(text(written([1, -20, 'a\nb', null, { a: [1] }, true, 1.5, 'ü€😀']))).toBe(
      '1\n-20\n"a\\nb"\nnull\n{"a":[1]}\ntrue\n1.5\n"ü€😀"\n',
    )
  })

  it('writes undefined as null, as a list would', () => {
    expect(text(written([undefined, 1]))).toBe('null\n1\n')
  })

  it('come back as they went, whatever is mixed', () => {
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const lines = written(items)
        expect(lines.count).toBe(items.length)
        expect(readLines(lines.bytes, true)).toEqual(items)
      }),
    )
  })

  it('hold what plain JSON loses', () => {
    const items = [-0, Number.NaN, Number.POSITIVE_INFINITY, 12n, new Date(0), new Uint8Array([1, 2])]
    const back = readLines(written(items).bytes, true)
    expect(back).toEqual(items)
    expect(Object.is(back[0], -0)).toBe(true)
  })

  it('grow over all sizes of text and take up anew', () => {
    const writer = new LineWriter()
    const long = '€'.repeat(100_000)
    for (let i = 0; i < 5; i++) writer.write(long)
    writer.write(7)
    expect(readLines(writer.take().bytes, true)).toEqual([long, long, long, long, long, 7])
    writer.write(8)
    expect(text(writer.take())).toBe('8\n')
    expect(writer.take()).toMatchObject({ count: 0 })
  })

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
  ])('refuse %s by name, and lose nothing before it', (_, value) => {
    const writer = new LineWriter()
    writer.write(1)
    expect(() => writer.write(value)).toThrow(ValueError)
    expect(text(writer.take())).toBe('1\n')
  })

  it('refuse a cycle', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => written([cycle])).toThrow(ValueError)
  })

  it('can be cut behind any item', () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), fc.nat(), (items, n) => {
        const count = n % (items.length + 1)
        const rest = linesAfter(written(items), count)
        expect(rest.count).toBe(items.length - count)
        expect(readLines(rest.bytes, true)).toEqual(items.slice(count))
      }),
    )
  })
})

describe('readLines', () => {
  const read = (lines: string, tagged = true) => readLines(new TextEncoder().encode(lines), tagged)

  it('reads integers by hand only where that is exact', () => {
    const lines = ['0', '-1', '999999999999999', '1000000000000000', '9007199254740991', '-0', '1e3', '1.0', '7']
    expect(read(lines.join('\n') + '\n')).toEqual(lines.map(Number))
  })

  it('leaves tags of plain wire alone', () => {
    expect(read('{"$bigint":"5"}\n', false)).toEqual([{ $bigint: '5' }])
    expect(read('1\n{"$bigint":"5"}\n', true)).toEqual([1, 5n])
  })

  it('takes the own fields of an error as they stand, when they are no tags', () => {
    const error = { name: 'ValidationError', schema: { $ref: '#/x', type: 'object' } }
    expect(read(`{"$bigint":"5"}\n${JSON.stringify(error)}\n`)).toEqual([5n, error])
  })

  it('refuses what is no JSON', () => {
    expect(() => read('1\n1-2\n')).toThrow(SyntaxError)
    expect(() => read('-\n')).toThrow(SyntaxError)
  })

  it('reads nothing from nothing', () => {
    expect(read('')).toEqual([])
  })
})
