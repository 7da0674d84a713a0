import { decode } from '@manyhands/contracts/wire'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical } from './canonical.ts'

/** The same value, its objects made in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, shuffled(field)]),
  )
}

const values = fc.jsonValue({ noUnicodeString: false }).filter((value) => !/"(__proto__|constructor)":/.test(JSON.stringify(value)))

test('equal values have one text, whatever the order of their keys', () => {
  fc.assert(fc.property(values, (value) => canonical(shuffled(value)) === canonical(value)))
})

test('the text is read as the value again', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(decode(canonical(value), 'tagged')).toEqual(value)
    }),
  )
})

test.each([
  [1, '1'],
  ['1', '"1"'],
  [-0, '{"$number":"-0"}'],
  [{ b: 1, a: [{ d: 1, c: 2 }] }, '{"a":[{"c":2,"d":1}],"b":1}'],
  [{ $x: 1 }, '{"$$x":1}'],
  [undefined, 'null'],
])('%j is %s', (value, text) => {
  expect(canonical(value)).toBe(text)
})

test('what cannot be written is refused, also deep inside', () => {
  expect(() => canonical([{ b: 1, a: () => 1 }])).toThrow('a function')
})
