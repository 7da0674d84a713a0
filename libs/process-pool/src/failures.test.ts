import { expect, test } from 'vitest'
import type { Behaviour } from './fixtures/functions.ts'
import { brief, errorAt, type Line, runIn, sliceOf, startPool } from './fixtures/pool.ts'

const ok = { do: 'ok', value: 'fine' } as const

/** The behaviour between two good items, in both kinds of function. */
async function between(behaviour: Behaviour, options: { maxResultBytes?: number } = {}) {
  const pool = await startPool(options)
  const both = []
  for (const name of ['act', 'actLater']) {
    const collector = await runIn(pool, sliceOf(name, [ok, behaviour, ok]))
    expect(brief([...collector.list().slice(0, 1), ...collector.list().slice(2)])).toEqual(['fine', 'fine'])
    both.push(errorAt(collector, 1))
  }
  return { both, lines: pool.lines }
}

const at = { worker: 'w1', host: 'h1', build: 'b1', attempt: 1 }

test.for<[Behaviour, object]>([
  [
    { do: 'throw', text: 'bad' },
    { name: 'TypeError', message: 'bad', stack: expect.stringContaining('functions.ts') },
  ],
  [
    { do: 'throwOwn', text: 'quota' },
    { name: 'QuotaError', message: 'quota', limit: 5, nested: { deep: [1, 2] }, errorCode: 'E_QUOTA' },
  ],
  [
    { do: 'throwValue', value: 'text' },
    { name: 'Error', message: 'text' },
  ],
  [{ do: 'throwValue', value: 7 }, { message: '7 was thrown' }],
  [{ do: 'throwValue', value: null }, { message: 'null was thrown' }],
  [
    { do: 'throwValue', value: { message: 'plain', more: 1 } },
    { name: 'Error', message: 'plain', more: 1 },
  ],
  [
    { do: 'throwValue', value: { more: 1 } },
    { message: '{"more":1}', more: 1 },
  ],
  [{ do: 'throwUndefined' }, { message: 'undefined was thrown' }],
  [
    { do: 'throwFrozen', text: 'frozen' },
    { name: 'Error', message: 'frozen' },
  ],
  [{ do: 'throwExploding' }, { name: 'Error', message: expect.any(String) }],
  [
    { do: 'reject', text: 'leaked', value: 1 },
    { name: 'Error', message: 'leaked' },
  ],
  [
    { do: 'throwLater', text: 'leaked', value: 1 },
    { name: 'Error', message: 'leaked' },
  ],
])('%o fails its item as function-error', async ([behaviour, expected]) => {
  const { both } = await between(behaviour)
  for (const error of both) expect(error).toMatchObject({ code: 'function-error', at, ...expected })
})

test.for<[Behaviour, object]>([
  [{ do: 'cycle' }, { message: expect.stringContaining('contains itself') }],
  [{ do: 'bigint' }, { message: 'The result is a BigInt, which JSON cannot hold' }],
  [{ do: 'function' }, { message: 'The result is a function, which JSON cannot hold' }],
  [{ do: 'explodingResult' }, { message: expect.stringContaining('exploded') }],
])('%o fails its item as result-not-serializable', async ([behaviour, expected]) => {
  const { both } = await between(behaviour)
  for (const error of both) expect(error).toMatchObject({ name: 'MaybeEncodingError', code: 'result-not-serializable', at, ...expected })
})

test('a result that is too large fails its item', async () => {
  const { both } = await between({ do: 'big', size: 1000 }, { maxResultBytes: 1001 })
  for (const error of both) {
    expect(error).toMatchObject({ name: 'ResultTooLargeError', code: 'result-too-large', bytes: 1002, limit: 1001, at })
  }
})

test('nothing is null', async () => {
  const pool = await startPool()
  expect(brief((await runIn(pool, sliceOf('act', [{ do: 'nothing' }]))).list())).toEqual([null])
})

test('an error is bounded: message, stack and own fields', async () => {
  const pool = await startPool()
  const value = { message: 'm'.repeat(100_000), stack: 's'.repeat(100_000), small: 1, large: 'x'.repeat(5000), name: 'n'.repeat(1000) }
  const error = errorAt(await runIn(pool, sliceOf('act', [{ do: 'throwValue', value }])), 0)
  expect([error.message.length, error.stack?.length, error.name.length]).toEqual([8192, 4096, 256])
  expect(error).toMatchObject({ small: 1 })
  expect(error).not.toHaveProperty('large')
})

test('a leak fails its item and no other, wherever it stands among fast ones', async () => {
  const pool = await startPool()
  const items = Array.from({ length: 2000 }, (_, i) =>
    i % 500 === 123 ? { do: 'reject', text: `leak ${i}`, value: i } : { do: 'ok', value: i },
  )
  for (const name of ['act', 'actNow']) {
    const collector = await runIn(pool, sliceOf(name, items))
    expect(brief(collector.list())).toEqual(items.map(({ do: what, value }) => (what === 'reject' ? 'function-error' : value)))
    expect(errorAt(collector, 623).message).toBe('leak 623')
  }
})

test('an item that never settles fails when what it started fails', async () => {
  const pool = await startPool()
  const collector = await runIn(pool, sliceOf('forgotten', [1]), sliceOf('act', [ok]))
  expect(errorAt(collector, 0)).toMatchObject({ code: 'function-error', message: 'nobody awaits me' })
  expect(brief(collector.list(1))).toEqual(['fine'])
})

test('what fails after its item has ended is told, and harms nobody', async () => {
  const pool = await startPool()
  const items: Behaviour[] = [
    { do: 'throwLater', text: 'late', value: 'first', size: 20 },
    { do: 'slow', size: 60, value: 'second' },
    ok,
    ok,
  ]
  expect(brief((await runIn(pool, sliceOf('act', items))).list())).toEqual(['first', 'second', 'fine', 'fine'])
  const told = (line: Line) => line.label === 'act[0]' && line.text.includes('late')
  expect(pool.lines.some(told)).toBe(true)
})
