import { fileURLToPath } from 'node:url'
import { connect, MaybeEncodingError } from '@manyhands/client'
import { expect, test } from 'vitest'
import { pythonChild, pythonFleet } from './python-fleet.ts'

const functions = fileURLToPath(new URL('../fixtures/functions.py', import.meta.url))
const { stack } = pythonFleet([{ MANYHANDS_EXEC: pythonChild, MANYHANDS_FUNCTIONS: functions }])
const hands = () => connect({ url: stack().url })
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error('it did not reject')),
    (error: unknown) => error,
  )

test('values arrive equal', async () => {
  const bytes = new Uint8Array([0, 255])
  const values = [
    null,
    true,
    0,
    -0,
    1.5,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    2n ** 70n,
    '',
    '😀\ud800',
    new Date(0),
    bytes,
    { $date: [1, {}] },
  ]
  expect(await hands().map('identity', values)).toEqual(values)
})

test.each([
  ['set', 'The result is an instance of set, which JSON cannot hold'],
  ['naive', 'The result is a datetime without a time zone: no point in time'],
  ['nested', 'The result at /a/0 is an instance of complex, which JSON cannot hold'],
  ['keys', 'The result has a key that is no string: 1'],
])('a result that cannot travel is refused by name: %s', async (kind, message) => {
  const error = await rejection(hands().apply('make', [kind]))
  expect(error).toBeInstanceOf(MaybeEncodingError)
  expect(error).toMatchObject({ code: 'result-not-serializable', message })
})

test('a result beyond the limit is refused', async () => {
  expect(await rejection(hands().apply('make', ['big']))).toMatchObject({ code: 'result-too-large', bytes: 2_000_002 })
})

test('an exception has its args, its attributes and its cause', async () => {
  const error = await rejection(hands().apply('fail', [3]))
  const own = { args: ['odd', 3], odd: 3, errorCode: 7, when: new Date('2020-01-01') }
  expect(error).toMatchObject({ name: 'Odd', message: "('odd', 3)", code: 'function-error', ...own })
  expect(error).not.toHaveProperty('unsendable')
  expect(error).toHaveProperty('cause.stack', expect.stringContaining('LookupError: below'))
})

test('sys.exit() fails its item alone', async () => {
  expect(await rejection(hands().apply('deep.leave', [5]))).toMatchObject({ code: 'worker-crashed', exitCode: 5 })
})

test('a line that is no JSON fails alone, with its number', async () => {
  const { json, call, ended, group } = stack()
  const lines = { 'content-type': 'application/x-ndjson' }
  expect((await call('POST', '/v1/pools/default/map?function=identity&id=lines', '1\n{"a":1,}\n2\n', lines)).status).toBe(202)
  await ended(`${group}~lines`)
  const result = await json('GET', `/v1/jobs/${group}~lines/result`)
  expect(result).toMatchObject({
    values: [1, null, 2],
    errors: [{ index: 1, error: { code: 'invalid-json', name: 'SyntaxError', line: 2 } }],
  })
})

test('the policy of a function says which errors run again', async () => {
  expect(await rejection(hands().apply('flaky', ['value']))).toMatchObject({ name: 'ValueError', at: { attempt: 1 } })
  expect(await hands().apply('flaky', ['connection'])).toBe(3)
})

test('current_task() tells the item', async () => {
  const handle = hands().mapAsync('whoami', [0, 0])
  const id = await handle.id
  expect(await handle.get()).toEqual([0, 1].map((index) => [id, index, 1, 'PoolWorker', true]))
})

test('an initializer runs before the first item, and its exception is that of every call', async () => {
  await using pool = hands().pool({ processes: 1, initializer: 'set_base', initArgs: [4] })
  expect(await pool.map('above_base', [1])).toEqual([1.25])
  await using broken = hands().pool({ processes: 1, initializer: 'set_base', initArgs: [0] })
  expect(await rejection(broken.map('above_base', [1]))).toMatchObject({ name: 'ZeroDivisionError', code: 'initializer-failed' })
})
