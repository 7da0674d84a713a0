import { describe, expect, it } from 'vitest'
import { ValueError } from './errors.ts'
import { type Batch, type Feed, feedOf } from './feed.ts'
import { readLines } from './line-reader.ts'

const values = (batch: Batch): unknown[] => readLines(batch.bytes, true)
const large = 1 << 20
const unsendable = (): number => 3

async function all(feed: Feed, bytes = large): Promise<unknown[]> {
  const items: unknown[] = []
  for (;;) {
    const batch = await feed.take(bytes, 1000)
    items.push(...values(batch))
    if (batch.ended) return items
  }
}

function* counting(to: number, log: string[] = []): Generator<number> {
  try {
    for (let i = 0; i < to; i++) yield i
  } finally {
    log.push('closed')
  }
}

async function* countingSlowly(to: number, log: string[] = []): AsyncGenerator<number> {
  try {
    for (let i = 0; i < to; i++) yield i
  } finally {
    log.push('closed')
  }
}

const hundred = Array.from({ length: 100 }, (_, i) => i)
const kinds: [string, () => Iterable<number> | AsyncIterable<number>][] = [
  ['an array', () => hundred],
  ['a typed array', () => Int32Array.from(hundred)],
  ['a set', () => new Set(hundred)],
  ['a generator', () => counting(100)],
  ['an async generator', () => countingSlowly(100)],
]

describe.each(kinds)('a feed of %s', (_, source) => {
  it('gives every item once, in order', async () => {
    expect(await all(feedOf(source()))).toEqual(hundred)
  })

  it('gives batches of about the size asked for', async () => {
    const feed = feedOf(source())
    const sizes: number[] = []
    for (let ended = false; !ended; ) {
      const batch = await feed.take(20, 1000)
      if (batch.count > 0) sizes.push(batch.bytes.length)
      ended = batch.ended
    }
    expect(Math.max(...sizes)).toBeLessThan(24)
    expect(sizes.reduce((a, b) => a + b)).toBe(290)
  })

  it('gives nothing more once stopped', async () => {
    const feed = feedOf(source())
    await feed.take(20, 1000)
    feed.stop()
    expect((await feed.take(large, 1000)).ended).toBe(true)
  })
})

describe('a feed', () => {
  it('knows the length of arrays only', () => {
    expect([feedOf([1, 2]), feedOf(new Uint8Array(3)), feedOf(new Set([1])), feedOf(counting(1))].map((feed) => feed.length)).toEqual([
      2,
      3,
      undefined,
      undefined,
    ])
  })

  it('of an array is as long as it was at the call', async () => {
    const list = [1, 2]
    const feed = feedOf(list)
    list.push(3)
    expect(await all(feed)).toEqual([1, 2])
  })

  it('closes generators, of both kinds, when it is stopped', async () => {
    const log: string[] = []
    const feeds = [feedOf(counting(1e9, log)), feedOf(countingSlowly(1e9, log))]
    await Promise.all(feeds.map((feed) => feed.take(100, 1000)))
    for (const feed of feeds) feed.stop()
    await expect.poll(() => log).toEqual(['closed', 'closed'])
  })

  it.each([
    ['a generator', () => failing()],
    ['an async generator', () => failingSlowly()],
  ])('of %s that throws ends there, after the items before', async (_, source) => {
    const feed = feedOf(source())
    expect(await all(feed)).toEqual([1, 2])
    expect(feed.failure?.error).toMatchObject({ message: 'no more' })
  })

  it.each([
    ['an array', [1, 2, unsendable, 4]],
    ['a generator', new Set([1, 2, unsendable, 4])],
    ['an async generator', slowly([1, 2, unsendable, 4])],
  ])('of %s ends before an item that cannot be sent', async (_, source) => {
    const feed = feedOf(source)
    expect(await all(feed)).toEqual([1, 2])
    expect(feed.failure?.error).toBeInstanceOf(ValueError)
  })

  it('takes an endless generator only as far as it is asked to', async () => {
    let taken = 0
    function* endless(): Generator<number> {
      for (;;) yield taken++
    }
    const feed = feedOf(endless())
    await feed.take(1000, 1000)
    expect(taken).toBeLessThan(1100)
    feed.stop()
  })

  it('reads an endless async generator ahead by one batch, no further', async () => {
    let taken = 0
    async function* endless(): AsyncGenerator<number> {
      for (;;) yield taken++
    }
    const feed = feedOf(endless())
    const first = await feed.take(1000, 1000)
    const second = await feed.take(1000, 1000)
    expect(first.count + second.count).toBeLessThanOrEqual(taken)
    expect(taken).toBeLessThan(1500)
    feed.stop()
  })

  it('sends what a slow source has so far, and says when it is silent', async () => {
    const gate = Promise.withResolvers<void>()
    async function* slow(): AsyncGenerator<number> {
      yield 1
      await gate.promise
      yield 2
    }
    const feed = feedOf(slow())
    expect(values(await feed.take(large, 1000))).toEqual([1])
    expect(await feed.take(large, 5)).toMatchObject({ count: 0, ended: false })
    gate.resolve()
    expect(await all(feed)).toEqual([2])
  })

  it('is stopped although its source hangs', async () => {
    async function* hanging(): AsyncGenerator<number> {
      await new Promise(() => undefined)
    }
    const feed = feedOf(hanging())
    const taking = feed.take(large, 60_000)
    feed.stop()
    expect(await taking).toMatchObject({ count: 0, ended: true })
  })
})

function* failing(): Generator<number> {
  yield 1
  yield 2
  throw new Error('no more')
}

async function* failingSlowly(): AsyncGenerator<number> {
  yield* failing()
}

async function* slowly<T>(items: T[]): AsyncGenerator<T> {
  yield* items
}

it('a string is an iterable of its letters; what cannot be iterated is refused by name', async () => {
  expect(feedOf('abc').length).toBeUndefined()
  expect(() => feedOf(5 as never)).toThrow('the items are 5; meant is an array, an iterable or an async iterable')
  expect(() => feedOf({} as never)).toThrow('the items are an object that cannot be iterated')
})
