import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failureLine } from './failure.ts'

const at = { worker: 'w', host: 'h', build: 'b', attempt: 2 }
const failure = (thrown: unknown) => JSON.parse(failureLine(thrown, 'function-error', at))

test('whatever is thrown, the line is one bounded JSON object with its known fields', () => {
  const property = fc.property(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
    (thrown) => {
      const line = failureLine(thrown, 'function-error', at)
      expect(line).not.toContain('\n')
      expect(line.length).toBeLessThan(64 << 10)
      expect(JSON.parse(line)).toMatchObject({ name: expect.any(String), code: 'function-error', message: expect.any(String), at })
    },
  )
  fc.assert(property)
})

test('own fields come along, but for those that are ours, cannot be written or do not fit', () => {
  const error = Object.assign(new Error('no'), { code: 'ENOENT', errno: -2, at: 'nowhere', big: 1n, long: 'x'.repeat(5000), list: [1] })
  Object.defineProperty(error, '__proto__', { value: { polluted: true }, enumerable: true })
  const { stack, ...fields } = failure(error)
  expect(stack).toContain('failure.test.ts')
  expect(fields).toEqual({ name: 'Error', code: 'function-error', message: 'no', at, errorCode: 'ENOENT', errno: -2, list: [1] })
})

test('a pair of surrogates is not cut in two', () => {
  expect(failure(new Error(`${'x'.repeat(8191)}\ud83d\ude00`)).message).toBe(`${'x'.repeat(8191)}\ufffd`)
})
