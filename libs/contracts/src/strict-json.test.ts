import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProblemError } from './errors.ts'
import { scanJson } from './strict-json.ts'
import { elementsOf, isArray, isObject, membersOf, parseSpan } from './strict-json-span.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const scan = (text: string) => scanJson(bytes(text))

function problem(text: string | Uint8Array): { code: string; pointer: string | undefined } {
  try {
    scanJson(typeof text === 'string' ? bytes(text) : text)
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code, pointer: error.errors[0]?.pointer }
    throw error
  }
  return { code: 'none', pointer: undefined }
}

/** A JSON value whose objects have no forbidden key; JSON.stringify cannot write a key twice. */
const ordinaryJson = fc.jsonValue({ maxDepth: 8 }).filter((value) => !/"(__proto__|constructor)"/.test(JSON.stringify(value)))

describe('what is accepted', () => {
  test('whatever JSON.stringify writes, with and without whitespace', () => {
    fc.assert(
      fc.property(ordinaryJson, fc.constantFrom('', ' ', '\t', '\r\n  '), (value, indent) => {
        const text = ` ${JSON.stringify(value, null, indent)}\n`
        expect(parseSpan(scan(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  test('every finite number that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        scan(JSON.stringify(number))
      }),
    )
  })

  test.each([
    ['-0'],
    ['1.0'],
    ['9007199254740991'],
    ['-9007199254740991'],
    ['9007199254740992'],
    ['1152921504606846976'],
    ['1152921504606847000'],
    ['100000000000000000000'],
    ['1e308'],
    ['1E+2'],
    ['5e-324'],
    ['0.1234567890123456789'],
    [`${'['.repeat(64)}${']'.repeat(64)}`],
    ['{"constructor":1,"prototype":{"prototype":2}}'],
    ['{"constructor":[{"prototype":1}]}'],
    ['{"a":{"x":1},"b":{"x":2}}'],
    ['"\\ud800"'],
  ])('%s', (text) => {
    expect(problem(text).code).toBe('none')
  })
})

describe('what is refused', () => {
  test('agrees with JSON.parse on what is JSON', () => {
    const fragment = fc.constantFrom(
      ...'{}[],:"\\/0159.-+eEuntrfals \t\n\u0001x'.split(''),
      'true',
      'null',
      '"a"',
      '{"a":1',
      '[1,2',
      '\\u00e9',
      'é',
    )
    const anyText = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(anyText, damagedJson()), (text) => {
        const { code } = problem(text)
        // A key that stands twice is all that JSON.parse lets pass here.
        if (isJson(text)) expect(code === 'none' || /"(a|b)".*"\1"/s.test(text)).toBe(true)
        else expect(code).toBe('invalid-json')
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    // Attack 1: every escape form.
    ['{"__proto__":{"x":1}}', 'invalid-json', '/__proto__'],
    ['{"\\u005f_proto__":1}', 'invalid-json', '/__proto__'],
    ['{"\\u005f\\u005F\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":1}', 'invalid-json', '/__proto__'],
    ['[0,{"a":{"__proto__":null}}]', 'invalid-json', '/1/a/__proto__'],
    ['{"constructor":{"prototype":{"x":1}}}', 'invalid-json', '/constructor/prototype'],
    ['{"c\\u006fnstructor" : {"a":1,"pr\\u006ftotype":{}}}', 'invalid-json', '/constructor/prototype'],
    // Attack 2.
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'too-deep', '/0'.repeat(64)],
    [`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'too-deep', '/a'.repeat(64)],
    ['['.repeat(5000), 'too-deep', '/0'.repeat(64)],
    // Attack 3.
    ['{"a":[1,1e400]}', 'number-not-representable', '/a/1'],
    ['{"a/b":{"m~n":9007199254740993}}', 'number-not-representable', '/a~1b/m~0n'],
    ['-9007199254740993', 'number-not-representable', ''],
    ['1'.repeat(400), 'number-not-representable', ''],
    [`${'1'.repeat(400)}.5`, 'number-not-representable', ''],
    ['100000000000000000000000', 'number-not-representable', ''],
    // The same key twice, in any spelling and among many.
    ['{"a":1,"a":1}', 'invalid-json', '/a'],
    ['{"a":1,"b":{"a":1},"\\u0061":1}', 'invalid-json', '/a'],
    ['{"\\u00e9":1,"é":1}', 'invalid-json', '/é'],
    [`{${Array.from({ length: 40 }, (_, i) => `"k${i}":0`)},"k3":1}`, 'invalid-json', '/k3'],
    [`{${Array.from({ length: 40 }, (_, i) => `"k${i}":0`)},"__proto__":1}`, 'invalid-json', '/__proto__'],
    // Syntax.
    ['', 'invalid-json', ''],
    ['[1,]', 'invalid-json', '/1'],
    ['{"a":1,}', 'invalid-json', ''],
    ['{a:1}', 'invalid-json', ''],
    ['{"a', 'invalid-json', ''],
    ['[01]', 'invalid-json', '/0'],
    ['1 2', 'invalid-json', ''],
    ['\ufeff1', 'invalid-json', ''],
  ])('%j', (text, code, pointer) => {
    expect(problem(text)).toEqual({ code, pointer })
  })

  test('bytes that are not UTF-8', () => {
    expect(problem(Uint8Array.of(0x22, 0xff, 0x22)).code).toBe('invalid-json')
    expect(problem(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)).code).toBe('invalid-json')
  })

  test('says where the text is wrong', () => {
    expect(() => scan('[1,x]')).toThrow("Unexpected 'x' at byte 3")
    expect(() => scan('"\u0000"')).toThrow('Unexpected byte 0x00 at byte 1')
    expect(() => scan('[1')).toThrow('ends too early, at byte 2')
  })

  test('500,000 levels in less than 50 ms', () => {
    const deep = bytes('['.repeat(500_000))
    const started = performance.now()
    expect(problem(deep).code).toBe('too-deep')
    expect(performance.now() - started).toBeLessThan(50)
  })

  test('a refusal leaves nothing behind for the next scan', () => {
    problem('{"a":{"a":[1,2,x')
    expect(problem('{"a":{"a":1}}').code).toBe('none')
    expect(problem('[y]').pointer).toBe('/0')
  })
})

describe('spans', () => {
  test('members and elements are the values of the parsed text', () => {
    fc.assert(
      fc.property(ordinaryJson, fc.constantFrom('', '\n ', '\t'), (value, indent) => {
        const json = scan(JSON.stringify({ value, list: [value, value] }, null, indent))
        const members = membersOf(json)
        expect([...members.keys()]).toEqual(['value', 'list'])
        expect(parseSpan(members.get('value')!)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(elementsOf(members.get('list')!).map(parseSpan)).toEqual(JSON.parse(JSON.stringify([value, value])))
      }),
    )
  })

  test('numbers keep their text', () => {
    const [first, second] = elementsOf(scan('[ 1.0 , 1e2]'))
    expect([first, second].map((span) => new TextDecoder().decode(span!.bytes.subarray(span!.start, span!.end)))).toEqual(['1.0', '1e2'])
  })

  test('other kinds have none', () => {
    const json = scan('"[1,2]"')
    expect([isArray(json), isObject(json), elementsOf(json), membersOf(json).size]).toEqual([false, false, [], 0])
    expect(elementsOf(scan('[ ]'))).toEqual([])
    expect(membersOf(scan('{ }')).size).toBe(0)
  })
})

/** JSON with one character taken out, doubled or replaced. */
function damagedJson(): fc.Arbitrary<string> {
  const object = fc.constantFrom('{"a":[1,2.5e3,"x\\n"],"b":{"a":null}}', '[true,false,{"a":-0.0}]', '[[],{},""]')
  return fc.tuple(object, fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '0', '\\')).map(([text, place, change]) => {
    const at = place % text.length
    return text.slice(0, at) + change + text.slice(at + 1)
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
