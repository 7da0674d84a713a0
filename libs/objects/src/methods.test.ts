import { expect, test } from 'vitest'
import { lower } from './lower.ts'
import { methodOf, methods } from './methods.ts'
import { parseRef, refText } from './ref.ts'

test('every type can be made, and no method has an argument that stands beside them in a body', () => {
  for (const [type, all] of Object.entries(methods)) {
    expect([type, Object.keys(all)]).toEqual([type, expect.arrayContaining(['create'])])
    const names = Object.values(all).flatMap(({ takes }) => Object.keys(takes))
    expect(names.filter((name) => ['timeout', 'fence', 'caller'].includes(name))).toEqual([])
  }
})

test('only own methods are methods', () => {
  expect([methodOf('dict', 'toString'), methodOf('dict', 'constructor'), methodOf('dict', 'get')?.gives]).toEqual([
    undefined,
    undefined,
    'value',
  ])
})

test.each([
  ['too many', 'size', [1], 'it takes 0 arguments, not 1'],
  ['a list of no pairs', 'update', [[1]], 'entries is not an array of [key, value]'],
  ['a number that is none', 'increment', ['k', Number.NaN], 'amount is not a finite number'],
  ['a version that is no integer', 'update', [[], 1.5], 'version is not an integer'],
  ['what cannot be sent', 'set', ['k', Symbol('s')], 'value cannot be sent: The value is a symbol, which JSON cannot hold'],
])('refuses %s', (_, name, args, message) => {
  const method = methodOf('dict', name)
  expect(() => method && lower(method, args)).toThrow(message)
})

test('arguments as a script takes them', () => {
  const update = methodOf('dict', 'update')
  expect(update && lower(update, [[['b', { y: 1, x: 2 }]], undefined])).toEqual(['2', '"b"', '{"x":2,"y":1}', ''])
  const get = methodOf('dict', 'get')
  expect(get && lower(get, [null])).toEqual(['null', ''])
})

test.each(['m/dict', 'm/dict/n/x', 'm/dicts/n', 'a b/dict/n', '/dict/n', 'm/dict/', 'm/__proto__/n'])('%s names no object', (text) => {
  expect(parseRef(text)).toBeUndefined()
})

test('what names one is read as it was written', () => {
  const ref = parseRef('m/bounded-semaphore/a.b_c-1')
  expect(ref && refText(ref)).toBe('m/bounded-semaphore/a.b_c-1')
})
