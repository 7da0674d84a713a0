import { expect, expectTypeOf, test } from 'vitest'
import { defineFunction, definitionOf } from './define-function.ts'
import type { StandardSchema } from './standard-schema.ts'

const dates: StandardSchema<string, Date> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: new Date(String(value)) }) },
}

test('a defined function is called as it is, and keeps its name', () => {
  const double = (x: number) => x * 2
  const defined = defineFunction({ timeoutMs: 5 }, double)
  expect(defined(4)).toBe(8)
  expect(defined.name).toBe('double')
  expectTypeOf(defined).toEqualTypeOf<(x: number) => number>()
  expect(definitionOf(defined)).toEqual({ timeoutMs: 5, call: double })
  expect(definitionOf(double)).toEqual({ call: double })
})

test('with a schema, callers give what it takes and the function gets what it makes', () => {
  const year = defineFunction({ input: dates }, (date, more: number) => date.getFullYear() + more)
  expectTypeOf(year).toEqualTypeOf<(input: string, more: number) => number>()
  expect(definitionOf(year).input).toBe(dates)
})

test.for([
  { timeoutMs: 0 },
  { timeoutMs: 1.5 },
  { attempts: -1 },
  { retries: 3 },
  { input: {} },
  { retryOn: [] },
  { noRetryOn: ['a b'] },
  { backoff: { type: 'linear', delayMs: 1 } },
  { backoff: { type: 'fixed' } },
  { backoff: { type: 'fixed', delayMs: 1, jitter: 2 } },
  { backoff: { type: 'fixed', delayMs: 1, delay: 2 } },
])('%o is refused', (policy) => {
  expect(() => defineFunction(policy as { timeoutMs: number }, () => 1)).toThrow(TypeError)
})
