import { ValueError } from '@manyhands/client'
import { expect, it } from 'vitest'
import { counting, numbers, outcomes, rejection } from '../fleet.ts'
import * as functions from '../functions.ts'
import type { Ask } from './rules.ts'

function* failingAfter(count: number): Generator<number> {
  yield* counting(count)
  throw new Error('the disk is full')
}

async function* failingSlowlyAfter(count: number): AsyncGenerator<number> {
  yield* failingAfter(count)
}

export function inputRules(hands: Ask): void {
  it('rule 5: imap starts without any next()', async () => {
    const seen: number[] = []
    function* source(): Generator<number> {
      for (const x of [1, 2]) {
        seen.push(x)
        yield x
      }
    }
    const iterator = hands().imap('square', source())
    await iterator.id
    expect(seen).toEqual([1, 2])
    expect(await outcomes(iterator)).toEqual([1, 4])
  })

  it('rule 5: an endless source is read while results are, and closed when the iteration is left', async () => {
    let closed = false
    const iterator = hands().imap(
      'square',
      counting(1e12, () => (closed = true)),
    )
    let count = 0
    for await (const value of iterator) {
      expect(value).toBe(count ** 2)
      if (++count === 20_000) break
    }
    expect(closed).toBe(true)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it.each([
    ['an', failingAfter],
    ['an async', failingSlowlyAfter],
  ])('rule 5: %s input that throws ends the iteration at that place, after the results before it', async (_, source) => {
    for (const count of [0, 1, 1000]) {
      const results = numbers(count).map(functions.square)
      expect(await outcomes(hands().imap('square', source(count)))).toEqual([...results, 'the disk is full'])
      const unordered = await outcomes(hands().imapUnordered('square', source(count)))
      expect(unordered.at(-1)).toBe('the disk is full')
      expect(unordered.slice(0, -1).toSorted((a, b) => Number(a) - Number(b))).toEqual(results)
    }
  })

  it('rule 5: the error of the input waits for results that take longer', async () => {
    function* source(): Generator<number> {
      yield 300
      throw new Error('the disk is full')
    }
    expect(await outcomes(hands().imap('nap', source()))).toEqual([300, 'the disk is full'])
  })

  it.each([
    ['an', failingAfter],
    ['an async', failingSlowlyAfter],
  ])('rule 5: %s input that throws is the error of a map', async (_, source) => {
    for (const count of [0, 1000])
      expect(await rejection(hands().map('square', source(count)))).toMatchObject({ message: 'the disk is full' })
    expect(
      await rejection(
        hands()
          .starmapAsync('square', source(3) as never)
          .get(),
      ),
    ).toMatchObject({ message: 'the disk is full' })
  })

  it('rule 5: what cannot be iterated is a ValueError, and an error of iterating that error', async () => {
    const broken = {
      [Symbol.iterator]() {
        throw new RangeError('not today')
      },
    }
    expect(await rejection(hands().map('square', 5 as never))).toBeInstanceOf(ValueError)
    expect(await outcomes(hands().imap('square', null as never))).toEqual([expect.stringContaining('the items are null')])
    expect(await rejection(hands().map('square', broken as never))).toBeInstanceOf(RangeError)
    expect(await outcomes(hands().imap('square', broken as never))).toEqual(['not today'])
  })

  it('rule 5: an item that cannot be sent ends the iteration at that place', async () => {
    expect(await outcomes(hands().imap('identity', [1, 2, () => 3, 4]))).toEqual([1, 2, expect.stringContaining('cannot be sent')])
  })

  it('rule 5: empty input is an empty result, and calls nothing', async () => {
    async function* none(): AsyncGenerator<number> {
      yield* []
    }
    for (const items of [[], new Set<number>(), counting(0), none()]) expect(await hands().map('even', items)).toEqual([])
    for (const items of [[], counting(0), none()]) expect(await outcomes(hands().imap('even', items))).toEqual([])
    expect(await outcomes(hands().imapUnordered('even', []))).toEqual([])
    expect(await hands().starmap('even', [])).toEqual([])
    const told: unknown[] = []
    const handle = hands().mapAsync('even', [], { callback: (values) => told.push(values) })
    expect([await handle.get(), handle.successful(), told]).toEqual([[], true, [[]]])
  })
}
