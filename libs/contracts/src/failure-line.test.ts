import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureLine } from './failure-line.ts'
import type { Wire } from './media.ts'
import { decode } from './wire.ts'

const at = { worker: 'w', host: 'h', build: 'b', attempt: 2 }
const failure = (thrown: unknown, wire: Wire = 'plain') =>
  decode(failureLine(thrown, 'function-error', at, wire), wire) as Record<string, unknown>

test('whatever is thrown, the line is one bounded JSON object with its known fields', () => {
  const property = fc.property(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
    fc.constantFrom<Wire>('plain', 'tagged'),
    (thrown, wire) => {
      const line = failureLine(thrown, 'function-error', at, wire)
      expect(line).not.toContain('\n')
      expect(line.length).toBeLessThan(64 << 10)
      expect(decode(line, wire)).toMatchObject({ name: expect.any(String), code: 'function-error', message: expect.any(String), at })
    },
  )
  fc.assert(property)
})

test('own fields come along, but for those that are ours, cannot be written or do not fit', () => {
  const error = Object.assign(new Error('no'), { code: 'ENOENT', errno: -2, at: 'nowhere', big: 1n, long: 'x'.repeat(5000), list: [1] })
  Object.defineProperty(error, '__proto__', { value: { polluted: true }, enumerable: true })
  const { stack, ...fields } = failure(error)
  expect(stack).toContain('failure-line.test.ts')
  expect(fields).toEqual({ name: 'Error', code: 'function-error', message: 'no', at, errorCode: 'ENOENT', errno: -2, list: [1] })
})

test('own fields travel as results do: on the tagged wire they arrive equal, on the plain one what it cannot hold is left out', () => {
  const plain = { list: [1, null], path: '/a', $ref: '#/a' }
  const others = { when: new Date(0), big: 12n, ratio: Number.NaN, bytes: Uint8Array.of(1, 2), nested: { $date: 1, at: new Date(5) } }
  const unsendable = { act: () => 1, map: new Map(), nothing: undefined, deep: { socket: new (class Socket {})() } }
  const error = Object.assign(new Error('no'), plain, others, unsendable)
  const known = { name: 'Error', code: 'function-error', message: 'no', at, stack: expect.any(String) }
  expect(failure(error, 'tagged')).toEqual({ ...known, ...plain, ...others })
  expect(failure(error, 'plain')).toEqual({ ...known, ...plain })
})

test('the stack goes on with those of the causes, a few of them, within the same bound', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const { stack } = failure(new TypeError('fetch failed', { cause: refused }))
  expect(stack).toMatch(/^TypeError: fetch failed\n {4}at .*\nCaused by: Error: connect ECONNREFUSED\n {4}at /s)
  expect(failure(new Error('no', { cause: 'because' }))['stack']).toMatch(/\nCaused by: because$/)
  const own = new Error('x'.repeat(9000))
  own.cause = own
  expect(String(failure(own)['stack']).match(/\nCaused by: /g)).toHaveLength(3)
  expect(String(failure(own)['stack']).length).toBeLessThanOrEqual(4096)
})

test('a pair of surrogates is not cut in two', () => {
  expect(failure(new Error(`${'x'.repeat(8191)}\ud83d\ude00`)).message).toBe(`${'x'.repeat(8191)}\ufffd`)
})
