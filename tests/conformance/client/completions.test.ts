import { eventually, faultProxy } from '@manyhands/testing'
import { expect, it } from 'vitest'
import { fleet, numbers, rejection } from './fleet.ts'

/** Many applies at once: one stream of events tells their ends. */
const own = fleet()

/** A client that counts its requests by what they ask for. */
function counting() {
  const asked = { submits: 0, results: 0, streams: 0 }
  const counted: typeof fetch = (input, init) => {
    const path = String(input)
    if (path.endsWith('/apply')) asked.submits++
    if (path.includes('/result')) asked.results++
    if (path.endsWith('/events')) asked.streams++
    return fetch(input, init)
  }
  return { hands: own.hands({ fetch: counted }), asked }
}

it('3,000 applies in flight have their results by one stream, and few ask for one', { timeout: 60_000 }, async () => {
  const { hands, asked } = counting()
  const called = new Map<number, number>()
  const callback = (value: number) => void called.set(value, (called.get(value) ?? 0) + 1)
  const results = numbers(3000).map((i) => hands.applyAsync('square', [i], null, { callback }))
  expect(await Promise.all(results.map((result) => result.get()))).toEqual(numbers(3000).map((i) => i * i))
  expect(asked.streams).toBe(1)
  expect(asked.submits).toBe(3000)
  // the first ones came before there was a crowd
  expect(asked.results).toBeLessThan(200)
  expect([...called.values()].every((times) => times === 1) && called.size).toBe(3000)
})

it('apply() too, from a crowd on', { timeout: 60_000 }, async () => {
  const { hands, asked } = counting()
  expect(await Promise.all(numbers(500).map((i) => hands.apply('square', [i])))).toEqual(numbers(500).map((i) => i * i))
  expect([asked.streams, asked.results]).toEqual([1, 0])
})

it('a few have none', async () => {
  const { hands, asked } = counting()
  await Promise.all(numbers(20).map((i) => hands.apply('square', [i])))
  expect(asked).toEqual({ submits: 20, results: 0, streams: 0 })
})

it('a second crowd goes on where the first one stopped', { timeout: 60_000 }, async () => {
  const { hands, asked } = counting()
  for (let round = 0; round < 2; round++) {
    expect(await Promise.all(numbers(200).map((i) => hands.apply('square', [i])))).toEqual(numbers(200).map((i) => i * i))
  }
  expect([asked.streams, asked.results]).toEqual([2, 0])
})

it('over many cuts nothing is lost, and no callback runs twice', { timeout: 60_000 }, async () => {
  await using proxy = await faultProxy(own.stack.url)
  const hands = own.hands({ url: proxy.url, retries: 50 })
  let calls = 0
  const results = numbers(1000).map((i) => hands.applyAsync('square', [i], null, { callback: () => void calls++ }))
  const cutting = setInterval(() => proxy.cut(), 60)
  try {
    expect(await Promise.all(results.map((result) => result.get()))).toEqual(numbers(1000).map((i) => i * i))
  } finally {
    clearInterval(cutting)
  }
  expect(calls).toBe(1000)
})

it('a session that is lost takes nothing along', { timeout: 60_000 }, async () => {
  const hands = own.hands()
  const results = numbers(150).map((i) => hands.applyAsync('wait', [i % 10]))
  const session = await hands.session.id()
  await own.stack.call('DELETE', `/v1/sessions/${session}`)
  expect(await Promise.all(results.map((result) => result.get()))).toEqual(numbers(150).map((i) => i % 10))
})

it('errors, large results and values of all kinds come as they do alone', { timeout: 60_000 }, async () => {
  const hands = own.hands()
  const crowd = numbers(100).map((i) => hands.apply('square', [i]))
  const large = 'x'.repeat(5000)
  const values = [large, null, '', 'a,"value":1}', { deep: [new Date(0), 1n, Number.NaN, 'é€😀'] }]
  const outcomes = values.map((value) => hands.apply('identity', [value]))
  const failure = rejection(hands.apply('even', [3]))
  expect(await Promise.all(outcomes)).toEqual(values)
  expect(await failure).toMatchObject({ name: 'OddError', message: '3 is odd' })
  await Promise.all(crowd)
})

it('one of them is cancelled alone', { timeout: 60_000 }, async () => {
  const hands = own.hands()
  const crowd = numbers(100).map((i) => hands.apply('square', [i]))
  const abort = new AbortController()
  const lone = hands.applyAsync('wait', [60_000], null, { signal: abort.signal })
  const id = await lone.id
  await eventually(async () => (await lone.job()).state === 'running')
  abort.abort(new Error('enough'))
  expect(await rejection(lone.get())).toMatchObject({ message: 'enough' })
  expect((await own.stack.ended(id)).state).toBe('cancelled')
  await Promise.all(crowd)
})
