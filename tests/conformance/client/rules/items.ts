import { RemoteError, ValueError } from '@manyhands/client'
import { expect, it } from 'vitest'
import { counting, numbers, outcomes, rejection } from '../fleet.ts'
import * as functions from '../functions.ts'
import type { Ask } from './rules.ts'

export function itemRules(hands: Ask): void {
  it('rule 1: results come in the order of the items, whatever the chunkSize', async () => {
    const squares = numbers(100).map(functions.square)
    for (const chunkSize of [undefined, 1, 7, 1000]) {
      expect(await hands().map('square', numbers(100), { chunkSize })).toEqual(squares)
      expect(await outcomes(hands().imap('square', numbers(100), { chunkSize }))).toEqual(squares)
      const rows = numbers(100).map((x): [number, number] => [x, x])
      expect(await hands().starmap('scale', rows, { chunkSize })).toEqual(squares)
    }
  })

  it('rule 1: imap and imapUnordered try a failing item again by itself, without those of its group', async () => {
    await using pool = hands().pool({ processes: 1 })
    for (const how of ['imap', 'imapUnordered'] as const) {
      const items = ['a', 'b', 'c'].map((name) => ({ item: `${how}-${name}`, fails: name === 'b' }))
      const tries = await outcomes(pool[how]('tryOf', items, { attempts: 2 }))
      expect(how === 'imap' ? tries : tries.toSorted()).toEqual(how === 'imap' ? [1, 2, 1] : [1, 1, 2])
    }
  })

  it('imapUnordered gives each result as soon as it is there', async () => {
    const seen = await outcomes(hands().imapUnordered('wait', [400, 1, 2], { chunkSize: 1 }))
    expect([seen.at(-1), seen.toSorted()]).toEqual([400, [1, 2, 400]])
  })

  it("rule 2: imap throws a failing item's error at that next(), and the iteration goes on", async () => {
    for (const chunkSize of [undefined, 1, 3]) {
      expect(await outcomes(hands().imap('even', numbers(6), { chunkSize }))).toEqual([0, '1 is odd', 2, '3 is odd', 4, '5 is odd'])
    }
    expect(await outcomes(hands().imap('even', [1]))).toEqual(['1 is odd'])
  })

  it("rule 2: imapUnordered throws a failing item's error at a next(), and the iteration goes on", async () => {
    for (const chunkSize of [undefined, 3]) {
      const seen = await outcomes(hands().imapUnordered('even', counting(6), { chunkSize }))
      expect(seen.toSorted()).toEqual([0, '1 is odd', 2, '3 is odd', 4, '5 is odd'].toSorted())
    }
  })

  it('rule 3: map throws the failure of the lowest index, after every item has run', async () => {
    const handle = hands().mapAsync('even', numbers(50), { chunkSize: 10 })
    const error = await rejection(handle.get())
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({ name: 'OddError', message: '1 is odd', index: 1, jobId: await handle.id })
    const { state, items, errors } = await handle.job()
    // of many different errors the job lists the first 16
    expect([state, items, errors.length]).toEqual(['failed', { total: 50, done: 50, failed: 25 }, 16])
  })

  it('rule 3: map throws only after all chunks have ended, also when the lowest index fails last', async () => {
    for (const [times, lowest] of [
      [[1, 302], 0],
      [[401, 1, 2], 0],
      [[2, 401, 1], 1],
    ] as const) {
      const handle = hands().mapAsync('slowlyEven', times, { chunkSize: 1 })
      expect(await rejection(handle.get())).toMatchObject({ name: 'OddError', index: lowest })
      expect(await handle.job()).toMatchObject({ state: 'failed', items: { total: times.length, done: times.length } })
    }
  })

  it('rule 3: so does a map of a generator, and starmap', async () => {
    expect(await rejection(hands().map('even', counting(1000)))).toMatchObject({ name: 'OddError', index: 1 })
    expect(await rejection(hands().starmap('even', [[4], [2], [7], [5]]))).toMatchObject({ name: 'OddError', index: 2, odd: 7 })
  })

  it.each([0, -1, 1.5, Number.NaN, '2' as unknown as number])('rule 4: chunkSize %s is a ValueError everywhere', async (chunkSize) => {
    const one = hands()
    for (const items of [[1], []]) {
      for (const call of ['map', 'starmap'] as const)
        expect(await rejection(one[call]('square', items as never, { chunkSize }))).toBeInstanceOf(ValueError)
      for (const call of ['mapAsync', 'starmapAsync', 'imap', 'imapUnordered'] as const)
        expect(() => one[call]('square', items as never, { chunkSize })).toThrow(ValueError)
    }
  })
}
