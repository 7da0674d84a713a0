import { type FaultProxy, faultProxy } from '@manyhands/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fleet, numbers, patient, rejection } from './fleet.ts'

const own = fleet()
let proxy: FaultProxy
beforeEach(async () => {
  proxy = await faultProxy(own.stack.url)
})
afterEach(() => proxy.close())

const hands = (retries?: number) => own.hands({ url: proxy.url, retries })
const requestTo = (path: string) => (request: Buffer) => request.subarray(0, 300).toString().includes(path)

/**
 * Cuts every connection again and again, until it is disposed: farther apart than results come (docs/adr/0011), so that each connection brings
 * some, and each time a little later, so that it is so on a slow machine too.
 */
function storm(firstMs: number): Disposable {
  // this test's own: should it time out, it must not cut the next one's
  const mine = proxy
  let timer: NodeJS.Timeout
  const cutAfter = (ms: number) => {
    timer = setTimeout(() => {
      mine.cut()
      cutAfter(ms * 1.1)
    }, ms)
  }
  cutAfter(firstMs)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

it('a map comes through a storm of cuts without loss, as one job', async () => {
  const labels = { run: 'map-in-storm' }
  using _ = storm(100)
  const items = numbers(200_000)
  const squares = await hands(50).map('square', items, { labels })
  expect(squares.length).toBe(items.length)
  expect(squares.every((value, i) => value === i * i)).toBe(true)
  expect(await own.jobsOf(labels.run)).toMatchObject([{ state: 'succeeded', items: { total: items.length, done: items.length } }])
})

it.each(['imap', 'imapUnordered'] as const)('%s comes through a storm of cuts without loss or repetition', async (call) => {
  using _ = storm(100)
  const seen: number[] = []
  for await (const value of hands(50)[call]('square', numbers(100_000))) seen.push(value)
  expect(seen.length).toBe(100_000)
  if (call === 'imapUnordered') seen.sort((a, b) => a - b)
  expect(seen.every((value, i) => value === i * i)).toBe(true)
})

it.each([
  ['a submit', '/map', 1],
  ['an append', '/items', 200_000],
  ['a close', '/close', 200_000],
])('a lost answer to %s does nothing twice', async (name, path, count) => {
  const labels = { run: `lost-${path.slice(1)}` }
  const lost = proxy.loseReply(requestTo(path))
  expect((await hands().map('square', numbers(count), { labels })).length).toBe(count)
  await lost
  expect(await own.jobsOf(labels.run), name).toMatchObject([{ items: { total: count } }])
})

it('a lost answer to an apply does not run it twice', async () => {
  const labels = { run: 'lost-apply' }
  const lost = proxy.loseReply(requestTo('/apply'))
  expect(await hands().apply('square', [5], null, { labels })).toBe(25)
  await lost
  expect(await own.jobsOf(labels.run)).toHaveLength(1)
})

it('a server that was away for a while is waited for', async () => {
  proxy.down()
  const waiting = hands().map('square', [1, 2])
  setTimeout(() => proxy.heal(), 500)
  expect(await waiting).toEqual([1, 4])
})

it('a server that stays away is a ConnectionError, soon', async () => {
  proxy.down()
  expect(await rejection(hands(2).apply('square', [5]))).toMatchObject({
    name: 'ConnectionError',
    code: 'connection-failed',
    cause: expect.any(Error),
  })
})

it('a job is cancelled although the cut connection had not told its id', async () => {
  const labels = { run: 'unknown-id' }
  const controller = new AbortController()
  const lost = proxy.loseReply(requestTo('/apply'))
  const running = hands().apply('wait', [60_000], null, { labels, signal: controller.signal })
  await expect.poll(() => own.jobsOf(labels.run), patient).toHaveLength(1)
  controller.abort('enough')
  expect(await rejection(running)).toBe('enough')
  await expect.poll(async () => (await own.jobsOf(labels.run))[0]?.state, patient).toBe('cancelled')
  proxy.cut()
  void lost
})
