import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byKey, isLinearizable, type Operation } from './linearizable.ts'
import {
  type CounterInput,
  counterModel,
  type LockInput,
  lockModel,
  type QueueInput,
  queueModel,
  type RegisterInput,
  registerModel,
} from './linearizable-models.ts'

const op = <I, O>(input: I, output: O | undefined, start: number, end: number): Operation<I, O> => ({
  input,
  start,
  end,
  ...(output === undefined ? {} : { output }),
})
const add = (output: number | undefined, start: number, end: number, amount = 1) =>
  op<CounterInput, number>({ do: 'add', amount }, output, start, end)
const get = (output: number, start: number, end: number) => op<CounterInput, number>({ do: 'get' }, output, start, end)
const put = (value: number, start: number, end: number) => op<QueueInput, number | null>({ do: 'put', value }, null, start, end)
const take = (output: number | null, start: number, end: number) => op<QueueInput, number | null>({ do: 'get' }, output, start, end)
const acquire = (by: number, output: boolean, start: number, end: number) =>
  op<LockInput, boolean>({ do: 'acquire', by }, output, start, end)
const release = (by: number, start: number, end: number) => op<LockInput, boolean>({ do: 'release', by }, true, start, end)
const never = Number.POSITIVE_INFINITY

describe('accepts', () => {
  test.each([
    ['nothing', []],
    ['one after the other', [add(1, 0, 1), get(1, 2, 3), add(2, 4, 5)]],
    ['overlapping, the later first', [add(2, 0, 10), add(1, 1, 9), get(2, 11, 12)]],
    ['a read during a write: the old', [add(1, 0, 10), get(0, 2, 3)]],
    ['a read during a write: the new', [add(1, 0, 10), get(1, 2, 3)]],
    ['one without an answer that was done', [add(undefined, 0, never), get(1, 5, 6)]],
    ['one without an answer that was not', [add(undefined, 0, never), get(0, 5, 6)]],
  ])('a counter: %s', (_, history) => {
    expect(isLinearizable(history, counterModel)).toBe(true)
  })

  test('a queue whose puts overlap, in either order', () => {
    expect(isLinearizable([put(1, 0, 10), put(2, 0, 10), take(2, 11, 12), take(1, 13, 14), take(null, 15, 16)], queueModel)).toBe(true)
  })

  test('a lock that goes round', () => {
    expect(isLinearizable([acquire(1, true, 0, 1), acquire(2, false, 2, 3), release(1, 4, 6), acquire(2, true, 5, 7)], lockModel)).toBe(
      true,
    )
  })
})

describe('refuses', () => {
  test.each([
    ['a stale read', [add(1, 0, 1), get(0, 2, 3)]],
    ['a lost update', [add(1, 0, 10), add(1, 0, 10)]],
    ['an add that was done twice', [add(1, 0, 1), add(3, 2, 3)]],
    ['what was read before it was written', [get(1, 0, 1), add(1, 2, 3)]],
    ['two reads that go back', [add(1, 0, 10), get(1, 1, 2), get(0, 3, 4)]],
    ['one without an answer that was done before it began', [get(1, 0, 1), add(undefined, 2, never)]],
  ])('a counter: %s', (_, history) => {
    expect(isLinearizable(history, counterModel)).toBe(false)
  })

  test.each([
    ['an item that two got', [put(1, 0, 1), take(1, 2, 3), take(1, 4, 5)]],
    ['an item that is lost', [put(1, 0, 1), take(null, 2, 3)]],
    ['another order', [put(1, 0, 1), put(2, 2, 3), take(2, 4, 5), take(1, 6, 7)]],
    ['what nobody put', [put(1, 0, 1), take(2, 2, 3)]],
  ])('a queue: %s', (_, history) => {
    expect(isLinearizable(history, queueModel)).toBe(false)
  })

  test('a lock that two have', () => {
    expect(isLinearizable([acquire(1, true, 0, 1), acquire(2, true, 2, 3), release(1, 4, 5)], lockModel)).toBe(false)
  })

  test('a key of a dict that goes back; other keys do not hide it', () => {
    const history: Operation<RegisterInput, number | null>[] = [
      op({ key: 'a', do: 'set' as const, value: 1 }, null, 0, 1),
      op({ key: 'b', do: 'increment' as const, amount: 1 }, 1, 0, 5),
      op({ key: 'a', do: 'get' as const }, null, 2, 3),
    ]
    const verdicts = byKey(history, ({ key }) => key).map((one) => isLinearizable(one, registerModel))
    expect(verdicts).toEqual([false, true])
  })
})

/** A history that is good by the way it was made: each call happens at one moment between its start and its end. */
const goodHistory = fc
  .array(fc.record({ amount: fc.integer({ min: 1, max: 3 }), reads: fc.boolean(), early: fc.nat(5), late: fc.nat(5) }), { maxLength: 60 })
  .map((calls) => {
    let value = 0
    return calls.map(({ amount, reads, early, late }, at) => {
      if (!reads) value += amount
      const times: [number, number] = [at - early, at + 0.5 + late]
      return reads ? get(value, ...times) : add(value, ...times, amount)
    })
  })

test('accepts whatever happened at one moment each', () => {
  fc.assert(
    fc.property(goodHistory, (history) => isLinearizable(history, counterModel)),
    { numRuns: 300 },
  )
})

test('refuses it when an answer is one that no order gives', () => {
  fc.assert(
    fc.property(goodHistory, fc.nat(), (history, which) => {
      fc.pre(history.length > 0)
      const sum = history.reduce((total, { input }) => total + (input.do === 'add' ? input.amount : 0), 0)
      const bad = history.map((one, i) => (i === which % history.length ? { ...one, output: sum + 1 } : one))
      return !isLinearizable(bad, counterModel)
    }),
    { numRuns: 300 },
  )
})

test('8 processes with 500 calls each take no time', () => {
  let value = 0
  const history = Array.from({ length: 4000 }, (_, at) => add(++value, at - (at % 8), at + 8 - (at % 8) + 0.5))
  const begun = performance.now()
  expect(isLinearizable(history, counterModel)).toBe(true)
  expect(performance.now() - begun).toBeLessThan(2000)
})
