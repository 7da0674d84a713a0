import { ValueError } from '@manyhands/client'
import { expect, it } from 'vitest'
import { outcomes, rejection } from '../fleet.ts'
import type { Ask } from './rules.ts'

export const values = [
  null,
  true,
  0,
  -0,
  1.5,
  0.1,
  5e-324,
  -1e300,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1n,
  12345678901234567890n,
  -(2n ** 70n),
  '',
  'x'.repeat(300_000),
  'ключ 😀 \u0000\u2028"\\',
  new Date(0),
  new Date(8.64e15),
  new Date(Number.NaN),
  '\ud800',
  new Uint8Array(0),
  new Uint8Array([0, 255]),
  new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  [[[]]],
  {},
  { a: [1, { b: null, $date: 'mine', $: { $$: 1 } }], ключ: { '': 1 } },
  { $bigint: 'no tag' },
  { $date: [{}] },
]

async function* oneByOne(): AsyncGenerator<unknown> {
  yield* values
}

/** Every way by which a value gets to a function and back. */
const doors: [name: string, pass: (hands: ReturnType<Ask>) => Promise<unknown[]>][] = [
  ['items of map', (hands) => hands.map('identity', values)],
  ['items of a streamed map', (hands) => hands.map('identity', oneByOne())],
  ['items of imap', (hands) => outcomes(hands.imap('identity', values))],
  [
    'rows of starmap',
    (hands) =>
      hands.starmap(
        'second',
        values.map((value): [number, unknown] => [1, value]),
      ),
  ],
  ['args of map', async (hands) => Promise.all(values.map(async (value) => (await hands.map('second', [1], { args: [value] }))[0]))],
  ['args of apply', (hands) => Promise.all(values.map((value) => hands.apply('identity', [value])))],
  ['kwargs of apply', (hands) => Promise.all(values.map((value) => hands.apply('keyword', [], { value })))],
  [
    'initArgs of a pool',
    async (hands) => {
      await using pool = hands.pool({ processes: 1, initializer: 'keep', initArgs: [values] })
      return (await pool.apply('whatIsKept')) as unknown[]
    },
  ],
]

export const strays: [name: string, value: unknown][] = [
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['a Map', new Map()],
  ['an Error', new Error('x')],
  ['an instance of a class', new (class Point {})()],
  ['a Float64Array', new Float64Array(1)],
  ['an object around a number', Object(1)],
  ['a property __proto__', JSON.parse('{"__proto__": 1}')],
]

export function valueRules(hands: Ask): void {
  it.each(doors)('rule 24: values arrive equal as %s', async (_, pass) => {
    const back = await pass(hands())
    expect(back).toStrictEqual(values)
    expect(Object.is(back[3], -0)).toBe(true)
  })

  it('rule 24: undefined, and a function that returns nothing, are null', async () => {
    expect(await hands().apply('nothing', [1])).toBeNull()
    expect(await hands().map('nothing', [1, 2])).toEqual([null, null])
    expect(await outcomes(hands().imap('nothing', [1]))).toEqual([null])
    expect(await hands().map('identity', [undefined, [undefined], { gone: undefined }, Array(1)])).toStrictEqual([null, [null], {}, [null]])
  })

  it('rule 24: values arrive equal as fields of an error', async () => {
    const small = values.filter((value) => typeof value !== 'string' || value.length < 1000)
    const thrown = await Promise.all(small.map((value) => rejection(hands().apply('throwsWith', [value]))))
    expect(thrown.map((error) => (error as { value?: unknown }).value)).toStrictEqual(small)
  })

  it.each(strays)('rule 24: %s is refused at every door, with a ValueError', async (_, stray) => {
    const one = hands()
    const refused = [
      () => one.map('identity', [stray]),
      () => one.starmap('second', [[1, stray]]),
      () => one.imap('identity', [stray]).next(),
      () => one.map('second', [1], { args: [stray] }),
      async () => one.apply('identity', [stray]),
      async () => one.apply('keyword', [], { value: stray }),
      async () => one.pool({ initializer: 'keep', initArgs: [stray] }),
    ]
    for (const call of refused) expect(await rejection(call())).toBeInstanceOf(ValueError)
  })

  it('rule 24: an argument that contains itself is refused, and one that is too deep', async () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    const deep = Array.from({ length: 70 }).reduce<unknown>((inner) => [inner], 1)
    for (const value of [cycle, deep]) expect(await rejection(hands().map('identity', [value]))).toBeInstanceOf(ValueError)
  })
}
