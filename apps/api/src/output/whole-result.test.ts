import type { Job } from '@manyhands/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WholeResult } from './whole-result.ts'

const job = (more: Partial<Job> & { total?: number | null }): Job => {
  const { total = 0, ...fields } = more
  return { id: 'default~x', kind: 'map', state: 'succeeded', error: null, items: { total, done: 0, failed: 0 }, ...fields } as Job
}
const error = { name: 'RangeError', code: 'function-error', message: 'no' }
const linesOf = (values: unknown[]) => Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
const parsed = (whole: WholeResult) => JSON.parse(whole.text().toString()) as unknown

test('any values in any parts come back by index, with null where there is an error', () => {
  const outcome = fc.record({ value: fc.jsonValue(), kind: fc.constantFrom('value', 'error') })
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (items, size) => {
      const whole = new WholeResult(job({ state: 'failed', total: items.length, error }), 1 << 20)
      for (let from = 0; from < items.length; from += size) {
        const here = items.slice(from, from + size)
        whole.add({
          runs: [[from, from + here.length]],
          failed: here.flatMap(({ kind }, position) => (kind === 'error' ? [position] : [])),
          lines: linesOf(here.map(({ value, kind }) => (kind === 'error' ? error : value))),
        })
      }
      const errors = items.flatMap(({ kind }, index) => (kind === 'error' ? [{ index, error }] : []))
      const values = items.map(({ value, kind }) => (kind === 'value' ? JSON.parse(JSON.stringify(value)) : null))
      expect(parsed(whole)).toEqual({ error, values, ...(errors.length > 0 ? { errors } : {}) })
    }),
  )
})

test('an apply has one value, or an error', () => {
  const good = new WholeResult(job({ kind: 'apply', total: 1 }), 100)
  good.add({ runs: [[0, 1]], failed: [], lines: linesOf([{ a: 1 }]) })
  expect(parsed(good)).toEqual({ value: { a: 1 } })
  const bad = new WholeResult(job({ kind: 'apply', state: 'failed', total: 1, error }), 100)
  bad.add({ runs: [[0, 1]], failed: [0], lines: linesOf([error]) })
  expect(parsed(bad)).toEqual({ error })
  const tolerated = new WholeResult(job({ kind: 'apply', total: 1 }), 100)
  tolerated.add({ runs: [[0, 1]], failed: [0], lines: linesOf([error]) })
  expect(parsed(tolerated)).toEqual({ error })
  expect(parsed(new WholeResult(job({ kind: 'apply', state: 'cancelled', total: 1 }), 100))).toMatchObject({ error: { code: 'cancelled' } })
})

test('a retry has only some items: close together, with their indexes', () => {
  const whole = new WholeResult(job({ retryOf: 'default~y', total: 2 }), 100)
  whole.add({ runs: [[5, 6]], failed: [], lines: linesOf([25]) })
  whole.add({ runs: [[90_000_000, 90_000_001]], failed: [], lines: linesOf(['b']) })
  expect(parsed(whole)).toEqual({ values: [25, 'b'], indexes: [5, 90_000_000] })
})

test('too much is refused before it is there', () => {
  const whole = new WholeResult(job({ total: 3 }), 10)
  whole.add({ runs: [[0, 1]], failed: [], lines: Buffer.from('"12345"\n') })
  expect(() => whole.add({ runs: [[1, 2]], failed: [], lines: Buffer.from('123\n') })).toThrow(
    expect.objectContaining({ code: 'result-set-too-large' }),
  )
})
