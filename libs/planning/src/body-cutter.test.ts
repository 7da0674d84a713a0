import { ProblemError } from '@manyhands/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MapText } from './body-cutter.ts'
import { readApply, readMap } from './body-cutter.ts'

const sizes = { itemBytes: 1 << 20 }
const map = (text: string, more = {}) => readMap(Buffer.from(text), { ...sizes, ...more })
const apply = (text: string, more = {}) => readApply(Buffer.from(text), { ...sizes, ...more })
const linesOf = ({ blocks }: MapText) => blocks.flatMap((block) => block.text.toString().split('\n').slice(0, -1))

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof ProblemError) return error.code
    throw error
  }
  return 'none'
}

const value = fc.jsonValue({ maxDepth: 4 }).filter((json) => !/"(__proto__|constructor)"/.test(JSON.stringify(json)))
const indent = fc.constantFrom('', '  ', '\t', '\n')

describe('readMap', () => {
  test('items are lines of squeezed text, in order', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 40 }),
        fc.array(value, { maxLength: 3 }),
        indent,
        fc.integer({ min: 1, max: 200 }),
        (items, args, space, blockBytes) => {
          const cut = map(JSON.stringify({ function: 'square', items, args, labels: { a: 'b' } }, null, space), { blockBytes })
          expect(linesOf(cut)).toEqual(items.map((item) => JSON.stringify(item)))
          expect(cut.items).toBe(items.length)
          expect(cut.constants).toBe(args.length === 0 ? undefined : JSON.stringify(args))
          expect(cut.fields).toEqual({ function: 'square', items: [], args: [], labels: { a: 'b' } })
        },
      ),
    )
  })

  test('what an item holds stays as it was written', () => {
    const cut = map('{"items":[ 1.0, 1E2 ,\r\n "a\\u0041, [] \\" ",{ "k" : [ 1 ,\n2 ] } ],"args" : [ 2.50 , " " ]}')
    expect(linesOf(cut)).toEqual(['1.0', '1E2', '"a\\u0041, [] \\" "', '{"k":[1,2]}'])
    expect(cut.constants).toBe('[2.50," "]')
  })

  test('a large item is a block of its own', () => {
    const cut = map(JSON.stringify({ items: [1, 'x'.repeat(300), 2] }), { blockBytes: 100 })
    expect(cut.blocks.map((block) => block.count)).toEqual([1, 1, 1])
  })

  test('what is not cut out is left to the schema', () => {
    expect(map('{"items":{"a":1},"args":7,"open":true}')).toEqual({
      fields: { items: { a: 1 }, args: 7, open: true },
      blocks: [],
      items: 0,
      constants: undefined,
    })
    expect(map('[1,2]')).toMatchObject({ fields: [1, 2], items: 0 })
    expect(map('"x"')).toMatchObject({ fields: 'x', items: 0 })
    expect(map('{"items":[]}')).toMatchObject({ fields: { items: [] }, blocks: [], items: 0 })
  })

  test('refuses bad JSON and large items', () => {
    expect(codeOf(() => map('{"items":[1,{"__proto__":1}]}'))).toBe('invalid-json')
    expect(codeOf(() => map('{"items":[1e400]}'))).toBe('number-not-representable')
    expect(codeOf(() => map('{"items":[1'))).toBe('invalid-json')
    expect(codeOf(() => map('{"items":["1234567"]}', { itemBytes: 8 }))).toBe('item-too-large')
    expect(codeOf(() => map('{"items":["123456"]}', { itemBytes: 8 }))).toBe('none')
  })
})

describe('readApply', () => {
  const lines = (text: string) => apply(text).lines.map(String)

  test.each([
    ['{"function":"f"}', '[]'],
    ['{"function":"f","args":[]}', '[]'],
    ['{"args":[ 5, 1.0 ]}', '[5,1.0]'],
    ['{"args":[5],"kwargs":{}}', '[5]'],
    ['{"args":[5],"kwargs":{ "a" : [ 1, 2 ] }}', '[5,{"a":[1,2]}]'],
    ['{"kwargs":{"a":1}}', '[{"a":1}]'],
    ['{"kwargs":{"a":1},"args":[[]]}', '[[],{"a":1}]'],
  ])('%s is called with %s', (text, line) => {
    expect(lines(text)).toEqual([line])
  })

  test('the fields have no values', () => {
    const { fields, many } = apply('{"function":"f","args":[5],"kwargs":{"a":1},"attempts":3}')
    expect([fields, many]).toEqual([{ function: 'f', args: [], kwargs: {}, attempts: 3 }, false])
    expect(apply('{"args":{},"kwargs":[1]}').fields).toEqual({ args: {}, kwargs: [1] })
    expect(apply('null').fields).toBeNull()
  })

  test('many calls', () => {
    const cut = apply('{"calls":[{"function":"f","args":[1]}, {"function":"g","kwargs":{"a":2}}, 7], "extra":1}')
    expect(cut.many).toBe(true)
    expect(cut.lines.map(String)).toEqual(['[1]', '[{"a":2}]', '[]'])
    expect(cut.fields).toEqual({ calls: [{ function: 'f', args: [] }, { function: 'g', kwargs: {} }, 7], extra: 1 })
    expect(apply('{"calls":7}')).toMatchObject({ many: true, fields: { calls: 7 } })
  })

  test('arguments over the limit, with the place of the call', () => {
    const body = '{"calls":[{"args":[1]},{"args":["123456"]}]}'
    expect(codeOf(() => apply(body, { itemBytes: 9 }))).toBe('item-too-large')
    expect(() => apply(body, { itemBytes: 9 })).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/calls/1' })] }),
    )
    expect(codeOf(() => apply(body, { itemBytes: 10 }))).toBe('none')
  })

  test('any arguments arrive equal', () => {
    fc.assert(
      fc.property(
        fc.array(value),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), value, { noNullPrototype: true }),
        indent,
        (args, kwargs, space) => {
          const expected = Object.keys(kwargs).length > 0 ? [...args, kwargs] : args
          expect(lines(JSON.stringify({ function: 'f', args, kwargs }, null, space))).toEqual([JSON.stringify(expected)])
        },
      ),
    )
  })
})
