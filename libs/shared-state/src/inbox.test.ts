import { expect, test } from 'vitest'
import { Inbox } from './inbox.ts'

test('what came is read in order; what comes wakes whoever waits', async () => {
  const inbox = new Inbox<number>(10)
  inbox.push(1)
  inbox.push(2)
  expect([await inbox.next(1, undefined), await inbox.next(1, undefined)]).toEqual([1, 2])
  const next = inbox.next(10_000, undefined)
  inbox.push(3)
  expect(await next).toBe(3)
  expect(await inbox.next(1, undefined)).toBeUndefined()
})

test('too much of it is forgotten, and that is said', async () => {
  const inbox = new Inbox<number>(2)
  for (const message of [1, 2, 3, 4]) inbox.push(message)
  expect([await inbox.next(1, undefined), await inbox.next(1, undefined)]).toEqual(['lost', 4])
})

test('a signal ends the wait', async () => {
  const stop = new AbortController()
  const next = new Inbox<number>(2).next(10_000, stop.signal)
  stop.abort(new Error('enough'))
  await expect(next).rejects.toThrow('enough')
})
