import { expect, it } from 'vitest'
import { counting, fleet, numbers, patient, rejection } from './fleet.ts'
import { square } from './functions.ts'

const own = fleet()
const { hands, jobsOf } = own

async function* slowly(to: number): AsyncGenerator<number> {
  yield* counting(to)
}

it.each([
  ['a typed array', () => Float64Array.from(numbers(10))],
  ['a generator', () => counting(10)],
  ['an async generator', () => slowly(10)],
])('map takes %s', async (_, items) => {
  expect(await hands().map('square', items())).toEqual(numbers(10).map(square))
})

it.each([
  ['an array', () => numbers(150_000)],
  ['an async generator', () => slowly(150_000)],
])('map streams a large input: %s', async (_, items) => {
  const squares = await hands().map('square', items())
  expect(squares.length).toBe(150_000)
  expect(squares.every((value, i) => value === i * i)).toBe(true)
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
