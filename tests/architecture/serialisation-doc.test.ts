import { isDeepStrictEqual } from 'node:util'
import { decodeItem, encode, ProblemError, UnserializableError, type Wire } from '@manyhands/contracts'
import { expect, test } from 'vitest'
import { expectTable } from './doc-table.ts'

/** A value as a program writes it; `arrives` where the other side gets something else. */
interface Sample {
  shown: string
  value: unknown
  arrives?: { shown: string; value: unknown; wire?: Wire }
}

class Point {
  x = 1
}
class Price {
  toJSON(): string {
    return '12.50'
  }
}
const cycle: Record<string, unknown> = {}
cycle['self'] = cycle

const samples: Sample[] = [
  { shown: 'null', value: null },
  { shown: 'true', value: true },
  { shown: '0', value: 0 },
  { shown: '1.5', value: 1.5 },
  { shown: '2 ** 60', value: 2 ** 60 },
  { shown: '-0', value: -0, arrives: { shown: '0', value: 0, wire: 'plain' } },
  { shown: 'NaN', value: Number.NaN },
  { shown: '-Infinity', value: Number.NEGATIVE_INFINITY },
  { shown: '12n', value: 12n },
  { shown: "''", value: '' },
  { shown: "'é😀'", value: 'é😀' },
  { shown: "'\\ud800'", value: '\ud800' },
  { shown: '[1, [], {}]', value: [1, [], {}] },
  { shown: '{ a: { b: 1 } }', value: { a: { b: 1 } } },
  { shown: '{ $date: 1 }', value: { $date: 1 } },
  { shown: 'new Date(0)', value: new Date(0) },
  { shown: 'new Date(NaN)', value: new Date(Number.NaN) },
  { shown: 'Uint8Array.of(1, 2)', value: Uint8Array.of(1, 2) },
  { shown: "Buffer.from('a')", value: Buffer.from('a'), arrives: { shown: 'Uint8Array.of(97)', value: Uint8Array.of(97) } },
  { shown: 'undefined', value: undefined, arrives: { shown: 'null', value: null } },
  { shown: '[undefined]', value: [undefined], arrives: { shown: '[null]', value: [null] } },
  { shown: '{ a: undefined }', value: { a: undefined }, arrives: { shown: '{}', value: {} } },
  { shown: 'Object.create(null)', value: Object.create(null), arrives: { shown: '{}', value: {} } },
  { shown: "new Price() // toJSON() gives '12.50'", value: new Price(), arrives: { shown: "'12.50'", value: '12.50' } },
  { shown: 'new Point() // no toJSON()', value: new Point() },
  { shown: 'new Map()', value: new Map() },
  { shown: 'new Set()', value: new Set() },
  { shown: 'new Float64Array(1)', value: new Float64Array(1) },
  { shown: "new Error('x')", value: new Error('x') },
  { shown: 'Promise.resolve(1)', value: Promise.resolve(1) },
  { shown: '() => 1', value: () => 1 },
  { shown: "Symbol('s')", value: Symbol('s') },
  { shown: 'an object that holds itself', value: cycle },
  { shown: '65 nested arrays', value: JSON.parse(`${'['.repeat(65)}${']'.repeat(65)}`) },
]

test('docs/serialisation.md says how every kind of value travels (UPDATE_DOCS=1 writes it)', () => {
  const rows = samples.map((sample) => [code(sample.shown), travel(sample, 'tagged'), travel(sample, 'plain')])
  expectTable('docs/serialisation.md', 'values', ['value', 'by the client (tagged)', 'by plain JSON'], rows)
})

test('docs/wire.md says what is refused (UPDATE_DOCS=1 writes it)', () => {
  const texts: [shown: string, text?: string][] = [
    ['{"a":1,}'],
    ['{"a":1,"\\u0061":2}'],
    ['{"__proto__":1}'],
    ['{"\\u005f_proto__":1}'],
    ['{"constructor":{"prototype":1}}'],
    ['1e400'],
    ['[9007199254740993]'],
    ['65 nested arrays', '['.repeat(65) + ']'.repeat(65)],
    ['{"constructor":1}'],
    ['-0'],
    ['1.0000000000000000000001'],
    ['9007199254740992'],
    ['100000000000000000000'],
    ['64 nested arrays', '['.repeat(64) + ']'.repeat(64)],
  ]
  const rows = texts.map(([shown, text = shown]) => [code(shown), verdict(text)])
  expectTable('docs/wire.md', 'refused', ['text', 'answer'], rows)
})

const code = (text: string) => `\`${text}\``

function travel({ shown, value, arrives }: Sample, wire: Wire): string {
  const text = written(value, wire)
  if (text === undefined) return 'refused'
  const other = arrives && (arrives.wire ?? wire) === wire ? arrives : undefined
  expect(isDeepStrictEqual(decodeItem(text, wire), other ? other.value : value), `${shown} on the ${wire} wire`).toBe(true)
  return other ? `${code(text)}, arrives as ${code(other.shown)}` : code(text)
}

function written(value: unknown, wire: Wire): string | undefined {
  try {
    return encode(value, wire)
  } catch (error) {
    if (error instanceof UnserializableError) return undefined
    throw error
  }
}

function verdict(text: string): string {
  try {
    decodeItem(text, 'plain')
    return 'accepted'
  } catch (error) {
    if (error instanceof ProblemError) return code(error.code)
    throw error
  }
}
