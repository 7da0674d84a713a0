import { expect, test } from 'vitest'
import { Sequence } from './sequence.ts'

/** A sequence whose batches are answered by hand. */
function manual(limits = { count: 100, weight: 1000 }) {
  const sent: { items: number[]; number: number; answer: (answers: number[]) => void; fail: (error: Error) => void }[] = []
  const sequence = new Sequence<number, number>((items, number) => {
    const { promise, resolve, reject } = Promise.withResolvers<number[]>()
    sent.push({ items, number, answer: resolve, fail: reject })
    return promise
  }, limits)
  return { sequence, sent }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('calls of one turn go together, those made meanwhile are the next batch, in order', async () => {
  const { sequence, sent } = manual()
  const first = [sequence.call(1, 1), sequence.call(2, 1)]
  await turn()
  const second = sequence.call(3, 1)
  await turn()
  expect(sent.map(({ items, number }) => [items, number])).toEqual([[[1, 2], 1]])
  sent[0]?.answer([10, 20])
  expect(await Promise.all(first)).toEqual([10, 20])
  await turn()
  expect(sent[1]).toMatchObject({ items: [3], number: 2 })
  sent[1]?.answer([30])
  expect(await second).toBe(30)
})

test('a batch has a bound in calls and in weight; one that is too heavy goes alone', async () => {
  const { sequence, sent } = manual({ count: 2, weight: 10 })
  for (const weight of [1, 1, 1, 50, 9, 9]) void sequence.call(weight, weight)
  for (let i = 0; i < 5; i++) {
    await turn()
    sent[i]?.answer(sent[i]?.items ?? [])
  }
  expect(sent.map(({ items }) => items)).toEqual([[1, 1], [1], [50], [9], [9]])
})

test('a batch that fails rejects its own calls; the next goes on', async () => {
  const { sequence, sent } = manual()
  const lost = sequence.call(1, 1)
  await turn()
  const kept = sequence.call(2, 1)
  sent[0]?.fail(new Error('cut'))
  await expect(lost).rejects.toThrow('cut')
  await turn()
  sent[1]?.answer([2])
  expect(await kept).toBe(2)
})
