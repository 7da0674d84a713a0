import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProblemError } from './errors.ts'
import type { Wire } from './media.ts'
import { decode, decodeItem, encode, UnserializableError } from './wire.ts'
import { fromBase64, toBase64 } from './wire-base64.ts'

const wires: Wire[] = ['plain', 'tagged']

function refusal(value: unknown, wire: Wire): { code: string; message: string; path: string } {
  try {
    encode(value, wire)
  } catch (error) {
    if (error instanceof UnserializableError) return { code: error.code, message: error.message, path: error.path }
    throw error
  }
  return { code: 'none', message: '', path: '' }
}

function itemProblem(line: string | Uint8Array, wire: Wire = 'plain'): { code: string; pointer: string | undefined } {
  try {
    decodeItem(line, wire)
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code, pointer: error.errors[0]?.pointer }
    throw error
  }
  return { code: 'none', pointer: undefined }
}

const key = fc
  .oneof(fc.string(), fc.constantFrom('$', '$$', '$date', '$$bigint', '$shared', 'constructor'))
  .filter((name) => name !== '__proto__')
const ordinaryLeaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
)
const taggedLeaf = fc.oneof(
  ordinaryLeaf,
  fc.double(),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
)
const nested = (leaf: fc.Arbitrary<unknown>) =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    ),
  })).value

// Equality is Node's own: vitest's compares `constructor`, which is a key like others here.
describe('arrives equal', () => {
  test('anything on the tagged wire', () => {
    fc.assert(
      fc.property(nested(taggedLeaf), (value) => {
        const text = encode(value, 'tagged')
        expect(text).not.toContain('\n')
        expect(isDeepStrictEqual(decode(text, 'tagged'), value)).toBe(true)
        expect(isDeepStrictEqual(decodeItem(text, 'tagged'), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('what JSON knows on the plain wire, tags being ordinary objects', () => {
    fc.assert(
      fc.property(nested(ordinaryLeaf), (value) => {
        const text = encode(value, 'plain')
        expect(text).toBe(JSON.stringify(value))
        expect(isDeepStrictEqual(decode(text, 'plain'), value)).toBe(true)
        expect(isDeepStrictEqual(decodeItem(text, 'plain'), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('or is refused by name: nothing changes in silence', () => {
    fc.assert(
      fc.property(nested(taggedLeaf), (value) => {
        if (refusal(value, 'plain').code === 'none') expect(decode(encode(value, 'plain'), 'plain')).toEqual(withoutNegativeZero(value))
        else expect(refusal(value, 'plain').code).toBe('result-not-serializable')
      }),
    )
  })

  test.each(wires)('undefined is null at the top and in arrays, and leaves no property (%s)', (wire) => {
    expect(encode(undefined, wire)).toBe('null')
    expect(encode([undefined, { a: undefined, b: 1 }], wire)).toBe('[null,{"b":1}]')
    expect(encode([undefined, { a: undefined, toJSON: () => ({ c: undefined }) }], wire)).toBe('[null,{}]')
  })

  test('an instance with toJSON is what that gives; a Buffer is a Uint8Array', () => {
    const price = { toJSON: () => ({ cents: 12n }) }
    expect(encode(new URL('http://127.0.0.1/'), 'plain')).toBe('"http://127.0.0.1/"')
    expect(encode({ price }, 'tagged')).toBe('{"price":{"cents":{"$bigint":"12"}}}')
    expect(decode(encode(Buffer.from('abc'), 'tagged'), 'tagged')).toEqual(Uint8Array.from([97, 98, 99]))
    expect(encode(Object.assign(Object.create(null), { a: 1n }), 'tagged')).toBe('{"a":{"$bigint":"1"}}')
  })

  test('-0 is 0 on the plain wire', () => {
    expect([encode(-0, 'plain'), encode([-0], 'plain'), encode(-0, 'tagged')]).toEqual(['0', '[0]', '{"$number":"-0"}'])
    expect(decodeItem('-0', 'plain')).toEqual(-0)
  })

  test('keys that begin with $ are escaped', () => {
    expect(encode({ $date: 'today', $$: 1 }, 'tagged')).toBe('{"$$date":"today","$$$":1}')
    expect(encode({ $date: 'today' }, 'plain')).toBe('{"$date":"today"}')
    expect(decode('{"\\u0024bigint":"7"}', 'tagged')).toBe(7n)
  })
})

describe('what encode refuses', () => {
  class Point {
    x = 1
  }
  const cycle: { list: unknown[] } = { list: [] }
  cycle.list.push(cycle)

  test.each<[string, unknown, string, Wire[]]>([
    ['is NaN', { a: [Number.NaN] }, '/a/0', ['plain']],
    ['is Infinity', Number.POSITIVE_INFINITY, '', ['plain']],
    ['is a BigInt', { 'a/b': { '~': 1n } }, '/a~1b/~0', ['plain']],
    ['is an instance of Date', [new Date(0)], '/0', ['plain']],
    ['is an instance of Uint8Array', { raw: new Uint8Array(2) }, '/raw', ['plain']],
    ['is an instance of Buffer', Buffer.from('a'), '', ['plain']],
    ['is a function', { f: () => 1 }, '/f', wires],
    ['is a symbol', [Symbol('s')], '/0', wires],
    ['is an instance of Map', new Map(), '', wires],
    ['is an instance of Set', { s: new Set() }, '/s', wires],
    ['is an instance of Point', [1, new Point()], '/1', wires],
    ['is an instance of Promise', { later: Promise.resolve(1) }, '/later', wires],
    ['is an instance of Float64Array', new Float64Array(1), '', wires],
    ['is an instance of Error', new Error('x'), '', wires],
    ['contains itself', [cycle], '/0/list', wires],
    ['is nested deeper than 64 levels', nest(65), '/0'.repeat(64), wires],
    ['is nested deeper than 64 levels', nest(64, 1n), '/0'.repeat(64), ['tagged']],
    ['has a key that is not allowed', JSON.parse('{"a":{"__proto__":1}}'), '/a/__proto__', wires],
    ['has a key that is not allowed', { constructor: { prototype: 1 } }, '/constructor/prototype', wires],
  ])('%s', (says, value, path, refusing) => {
    for (const wire of refusing) {
      const { code, message, path: where } = refusal(value, wire)
      expect({ code, where }).toEqual({ code: 'result-not-serializable', where: path })
      expect(message).toContain(says)
    }
  })

  test('a getter that throws, with what it threw', () => {
    const value = {
      get broken() {
        throw new Error('no luck')
      },
    }
    expect(() => encode(value, 'plain')).toThrow('could not be read: no luck')
  })

  test('64 levels are accepted', () => {
    for (const wire of wires) expect(decodeItem(encode(nest(64), wire), wire)).toEqual(nest(64))
    expect(decodeItem(encode(nest(63, 1n), 'tagged'), 'tagged')).toEqual(nest(63, 1n))
  })
})

describe('decodeItem is as strict as a body', () => {
  test.each([
    ['{"__proto__":{"x":1}}', 'invalid-json', '/__proto__'],
    ['[{"\\u005f_proto__":1}]', 'invalid-json', '/0/__proto__'],
    ['{"constructor":{"prototype":{"x":1}}}', 'invalid-json', '/constructor/prototype'],
    ['{"a":1,"a":2}', 'invalid-json', '/a'],
    ['{"a" :1,"a":2}', 'invalid-json', '/a'],
    ['{"a":"x:","b":"http://c: :","a":2}', 'invalid-json', '/a'],
    ['{"a":":","\\u0061":":"}', 'invalid-json', '/a'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'too-deep', '/0'.repeat(64)],
    ['['.repeat(500_000), 'too-deep', '/0'.repeat(64)],
    ['1e400', 'number-not-representable', ''],
    ['9007199254740993', 'number-not-representable', ''],
    ['[1,{"a":-9007199254740993}]', 'number-not-representable', '/1/a'],
    ['', 'invalid-json', ''],
    ['01', 'invalid-json', ''],
    ['NaN', 'invalid-json', ''],
    ['{"a":', 'invalid-json', '/a'],
    ['\ufeff1', 'invalid-json', ''],
  ])('%j', (text, code, pointer) => {
    expect(itemProblem(text)).toEqual({ code, pointer })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('accepts what is only unusual', () => {
    const lines = [
      '{"at":"2026-11-22T20:15:00Z","url":"http://a:1/"}',
      '{"a" : 1}',
      '{"constructor":1}',
      '[1e300]',
      '"a:b"',
      '{"x":{"a":1},"y":{"a":2}}',
    ]
    for (const line of lines) expect(decodeItem(line, 'plain')).toEqual(JSON.parse(line))
  })

  test('small integers', () => {
    fc.assert(fc.property(fc.integer(), (number) => decodeItem(`${number}`, 'plain') === number))
    expect(decodeItem('0', 'plain')).toBe(0)
  })

  test('bytes that are not UTF-8 are invalid-json, others are read', () => {
    expect(itemProblem(Uint8Array.of(0x22, 0xc3, 0x22)).code).toBe('invalid-json')
    expect(decodeItem(new TextEncoder().encode('"é"'), 'plain')).toBe('é')
  })

  test('agrees with JSON.parse on any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        if (itemProblem(text).code === 'none') expect(decodeItem(text, 'plain')).toEqual(JSON.parse(text))
        else expect(itemProblem(text).code).toBe('invalid-json')
      }),
    )
  })

  test.each([
    ['{"$date":"yesterday"}', ''],
    ['[{"$date":"2026-11-22"}]', '/0'],
    ['{"a":{"$bigint":"1.5"}}', '/a'],
    ['{"$bigint":12}', ''],
    ['{"$number":"1"}', ''],
    ['{"$bytes":"A"}', ''],
    ['{"$bytes":"QQ"}', ''],
    ['{"$shared":{}}', ''],
    ['{"$blob":"x"}', ''],
    ['{"$mine":1}', ''],
    ['{"a":{"$date":"2026-11-22T20:15:00Z","b":1}}', '/a'],
  ])('on the tagged wire %s is malformed, on the plain one it is data', (text, pointer) => {
    expect(itemProblem(text, 'tagged')).toEqual({ code: 'invalid-json', pointer })
    expect(decodeItem(text, 'plain')).toEqual(JSON.parse(text))
  })
})

test('base64 is what Buffer writes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
    }),
  )
  const large = Uint8Array.from({ length: 100_001 }, (_, i) => i % 251)
  expect(fromBase64(toBase64(large))).toEqual(large)
})

/** `levels` arrays, one in the other. */
function nest(levels: number, inner?: unknown): unknown {
  let value: unknown = inner === undefined ? [] : [inner]
  for (let i = 1; i < levels; i++) value = [value]
  return value
}

function withoutNegativeZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
