import { JobCancelledError, ManyhandsTimeoutError, MaybeEncodingError, RemoteError } from '@manyhands/client'
import { expect, it } from 'vitest'
import { counting, fleet, numbers, patient, rejection } from './fleet.ts'
import { square } from './functions.ts'

const own = fleet()
const { hands, jobsOf } = own

async function* slowly(to: number): AsyncGenerator<number> {
  yield* counting(to)
}

it.each([
  ['an array', () => numbers(10)],
  ['a typed array', () => Float64Array.from(numbers(10))],
  ['a set', () => new Set(numbers(10))],
  ['a generator', () => counting(10)],
  ['an async generator', () => slowly(10)],
])('map takes %s', async (_, items) => {
  expect(await hands().map('square', items())).toEqual(numbers(10).map(square))
})

it.each([
  ['an array', () => numbers(150_000)],
  ['a generator', () => counting(150_000)],
  ['an async generator', () => slowly(150_000)],
])('map streams a large input: %s', async (_, items) => {
  const squares = await hands().map('square', items())
  expect(squares.length).toBe(150_000)
  expect(squares.every((value, i) => value === i * i)).toBe(true)
})

it('map of nothing is nothing', async () => {
  expect(await hands().map('square', [])).toEqual([])
  expect(await hands().map('square', new Set())).toEqual([])
})

it('map passes constants, starmap rows', async () => {
  expect(await hands().map('scale', [1, 2], { args: [10] })).toEqual([10, 20])
  expect(await hands().map('scale', [1, 2], { args: [10, 5] })).toEqual([15, 25])
  expect(
    await hands().starmap('scale', [
      [1, 10],
      [2, 10, 5],
    ]),
  ).toEqual([10, 25])
})

it('apply passes args, and kwargs as the last argument', async () => {
  expect(await hands().apply('add', [2, 3])).toBe(5)
  expect(await hands().apply('greet', ['Alice'])).toBe('Hello Alice')
  expect(await hands().apply('greet', ['Alice'], { greeting: 'Hi' })).toBe('Hi Alice')
  expect(await hands().apply('now')).toBeGreaterThan(0)
})

it('a function stands for its name', async () => {
  expect(await hands().map(square, [3])).toEqual([9])
})

it('nothing comes back as null', async () => {
  expect(await hands().map('nothing', [1, 2])).toEqual([null, null])
  expect(await hands().apply('nothing', [1])).toBeNull()
})

it('a small map and an apply are one exchange', async () => {
  let exchanges = 0
  const counted: typeof fetch = (input, init) => {
    exchanges++
    return fetch(input, init)
  }
  const one = hands({ fetch: counted })
  await one.map('square', numbers(1000))
  await one.apply('square', [5])
  expect(exchanges).toBe(2)
})

it('map rejects with the failure of the lowest index, after every item has run', async () => {
  const handle = hands().mapAsync('even', numbers(1000), { chunkSize: 10 })
  const error = await rejection(handle.get())
  expect(error).toBeInstanceOf(RemoteError)
  expect(error).toMatchObject({
    name: 'OddError',
    message: '1 is odd',
    code: 'function-error',
    index: 1,
    odd: 1,
    schema: { $ref: '#/odd' },
    seen: new Date(0),
  })
  expect(error).toHaveProperty('cause.stack', expect.stringContaining('functions.ts'))
  expect(await handle.job()).toMatchObject({ state: 'failed', items: { total: 1000, done: 1000, failed: 500 } })
})

it('a large map rejects so too', async () => {
  const error = await rejection(hands().map('even', numbers(60_000)))
  expect(error).toMatchObject({ name: 'OddError', index: 1, jobId: expect.any(String) })
}, 60_000)

it('apply rejects with what the function threw', async () => {
  expect(await rejection(hands().apply('even', [7]))).toMatchObject({ name: 'OddError', message: '7 is odd', odd: 7, seen: new Date(0) })
})

it('a process that exits fails its item alone, by name', async () => {
  const error = await rejection(hands().map('exit', [-1, 3, -2], { chunkSize: 1 }))
  expect(error).toMatchObject({ code: 'worker-crashed', index: 1 })
})

it('a result that cannot be sent is MaybeEncodingError', async () => {
  expect(await rejection(hands().apply('cycle', [1]))).toBeInstanceOf(MaybeEncodingError)
})

it('maxFailures ends the job, with the failure as the cause', async () => {
  const error = await rejection(hands().mapAsync('even', numbers(100), { chunkSize: 1, maxFailures: 0 }).get())
  expect(error).toMatchObject({ name: 'JobError', code: 'too-many-failures', cause: { name: 'OddError' } })
})

it('a name that nobody has is refused with what was meant', async () => {
  const error = await rejection(hands().map('sqare' as 'square', [1]))
  expect(error).toMatchObject({ name: 'RequestError', status: 404, code: 'function-not-found' })
  expect(error).toHaveProperty('message', expect.stringContaining('square'))
})

it('an option that the server refuses is told place by place', async () => {
  expect(await rejection(hands().map('square', [1], { attempts: 0 }))).toMatchObject({
    code: 'invalid-parameter',
    errors: [{ pointer: '/attempts' }],
  })
})

it('an AsyncResult tells its job, its value, and that in time', async () => {
  const seen: unknown[] = []
  const handle = hands().mapAsync('wait', [300], { callback: (values) => seen.push(values, handle.ready()) })
  expect(handle.ready()).toBe(false)
  expect(await rejection(handle.get(0.01))).toBeInstanceOf(ManyhandsTimeoutError)
  expect(await handle.get()).toEqual([300])
  expect([handle.ready(), handle.successful(), seen]).toEqual([true, true, [[300], false]])
  expect(await handle.job()).toMatchObject({ id: await handle.id, state: 'succeeded', function: 'wait' })
})

it('applyAsync and starmapAsync are the same', async () => {
  expect(await hands().applyAsync('greet', ['Bob'], { greeting: 'Ho' }).get()).toBe('Ho Bob')
  expect(
    await hands()
      .starmapAsync('add', [[1, 2]])
      .get(),
  ).toEqual([3])
  const errors: unknown[] = []
  const handle = hands().applyAsync('even', [1], null, { errorCallback: (error) => errors.push(error) })
  await handle.wait()
  expect([handle.successful(), errors]).toEqual([false, [expect.objectContaining({ name: 'OddError' })]])
})

it('cancel() ends the job on the server', async () => {
  const handle = hands().mapAsync('wait', [60_000])
  await handle.id
  await handle.cancel()
  expect(await rejection(handle.get())).toBeInstanceOf(JobCancelledError)
  expect(await handle.job()).toMatchObject({ state: 'cancelled' })
})

it('a job that another program cancels rejects here', async () => {
  const handle = hands().applyAsync('wait', [60_000])
  await own.stack.json('POST', `/v1/jobs/${await handle.id}/cancel`)
  expect(await rejection(handle.get())).toMatchObject({ name: 'JobCancelledError', code: 'cancelled' })
})

it.each([
  ['apply', (signal: AbortSignal, labels: { run: string }) => hands().apply('wait', [60_000], null, { signal, labels })],
  ['a small map', (signal: AbortSignal, labels: { run: string }) => hands().map('wait', [60_000], { signal, labels })],
  ['a map that is still being sent', (signal: AbortSignal, labels: { run: string }) => hands().map('wait', endless(), { signal, labels })],
])('a signal that aborts %s rejects at once and cancels the job', async (name, call) => {
  const labels = { run: name.replaceAll(' ', '-') }
  const controller = new AbortController()
  const running = call(controller.signal, labels)
  await expect.poll(() => jobsOf(labels.run), patient).toHaveLength(1)
  controller.abort('enough')
  expect(await rejection(running)).toBe('enough')
  await expect.poll(async () => (await jobsOf(labels.run))[0]?.state, patient).toBe('cancelled')
})

it('a signal that has aborted already sends nothing', async () => {
  const labels = { run: 'never' }
  await expect(hands().map('square', [1], { signal: AbortSignal.abort('before'), labels })).rejects.toBe('before')
  expect(await jobsOf('never')).toEqual([])
})

async function* endless(): AsyncGenerator<number> {
  for (;;) yield 60_000
}

it('values arrive equal', async () => {
  const nested = { a: [1, { b: null, $date: 'mine', $: { $$: 1 } }], ключ: '😀' }
  const values = [
    null,
    true,
    0,
    -0,
    1.5,
    -1e300,
    2 ** 53,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    0.1,
    5e-324,
    12345678901234567890n,
    '',
    'x'.repeat(300_000),
    '\u0000\u2028"\\',
    new Date(8.64e15),
    new Uint8Array([0, 255]),
    nested,
    [[[]]],
    { $bigint: 'no tag' },
  ]
  const back = await hands().map('identity', values)
  expect(back).toEqual(values)
  expect(Object.is(back[3], -0)).toBe(true)
  for (const value of values) expect(await hands().apply('identity', [value])).toEqual(value)
})
