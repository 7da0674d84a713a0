import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { Held } from './held.ts'

const response = () => new EventEmitter() as ServerResponse
/** Work that ends when it is told. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('told'), { once: true }))

test('held requests are counted, bounded, and let go', async () => {
  const held = new Held(2)
  const both = [held.run(response(), untilAborted), held.run(response(), untilAborted)]
  expect(held.count).toBe(2)
  await expect(held.run(response(), untilAborted)).rejects.toMatchObject({ code: 'quota-exceeded', retryAfter: 1 })
  held.release()
  expect(await Promise.all(both)).toEqual(['told', 'told'])
  expect(held.count).toBe(0)
})

test('a client that goes away ends its own wait, and only that', async () => {
  const held = new Held(2)
  const [gone, stays] = [response(), response()]
  const first = held.run(gone, untilAborted)
  const second = held.run(stays, untilAborted)
  gone.emit('close')
  expect(await first).toBe('told')
  expect([held.count, gone.listenerCount('close')]).toEqual([1, 0])
  held.release()
  await second
})

test('work that throws is let go as well', async () => {
  const held = new Held(1)
  await expect(held.run(response(), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(held.count).toBe(0)
})
