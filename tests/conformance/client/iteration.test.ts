import { eventually } from '@manyhands/testing'
import { expect, it } from 'vitest'
import { counting, fleet, outcomes, rejection } from './fleet.ts'

const own = fleet()

it('gives results while the source still thinks', async () => {
  const gate = Promise.withResolvers<void>()
  async function* source(): AsyncGenerator<number> {
    yield 2
    await gate.promise
    yield 3
  }
  const iterator = own.hands().imap('square', source())
  expect(await iterator.next()).toEqual({ done: false, value: 4 })
  gate.resolve()
  expect(await outcomes(iterator)).toEqual([9])
})

it('the end of its block leaves it too', async () => {
  let id: Promise<string>
  {
    await using iterator = own.hands().imap('square', counting(1e12))
    await iterator.next()
    id = iterator.id
  }
  expect(await own.stack.json('GET', `/v1/jobs/${await id}`)).toMatchObject({ state: 'cancelled' })
})

it('a signal ends it with its reason and cancels the job', async () => {
  const controller = new AbortController()
  const iterator = own.hands().imap('square', counting(1e12), { signal: controller.signal })
  await iterator.next()
  controller.abort('enough')
  expect((await outcomes(iterator)).at(-1)).toBe('enough')
  await eventually(async () => expect(await own.stack.json('GET', `/v1/jobs/${await iterator.id}`)).toMatchObject({ state: 'cancelled' }))
})

it('a job that another program cancels ends it with a clear error', async () => {
  const iterator = own.hands().imap('wait', [60_000])
  await own.stack.json('POST', `/v1/jobs/${await iterator.id}/cancel`)
  expect(await rejection(iterator.next())).toMatchObject({ name: 'JobCancelledError' })
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
})

it('of a job that ended early, imap gives what comes before the first gap, imapUnordered all', async () => {
  const imap = async (how: 'imap' | 'imapUnordered') => {
    const iterator = own.hands()[how]('wait', [1, 60_000, 2, 3], { chunkSize: 1 })
    const id = await iterator.id
    await eventually(async () => expect(await own.stack.json('GET', `/v1/jobs/${id}`)).toMatchObject({ items: { done: 3 } }))
    await own.stack.json('POST', `/v1/jobs/${id}/cancel`)
    return outcomes(iterator)
  }
  expect(await imap('imap')).toEqual([1, 'the job was cancelled'])
  expect((await imap('imapUnordered')).toSorted()).toEqual([1, 2, 3, 'the job was cancelled'])
})

it('a name that nobody has is told by the first next()', async () => {
  const iterator = own.hands().imap('sqare' as 'square', counting(1e12))
  expect(await rejection(iterator.next())).toMatchObject({ code: 'function-not-found' })
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
})
