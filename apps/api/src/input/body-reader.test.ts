import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { BodyReader } from './body-reader.ts'

const times = { silence: 40, total: 1000 }
const text = (piece: unknown) => (Buffer.isBuffer(piece) ? piece.toString() : piece)

test('pieces as they come, then the end', async () => {
  const body = new PassThrough()
  const reader = new BodyReader(body, times)
  body.write('a')
  expect(text(await reader.next())).toBe('a')
  const next = reader.next()
  body.end('b')
  expect(text(await next)).toBe('b')
  expect([await reader.next(), await reader.next(), reader.bytes]).toEqual(['end', 'end', 2])
  reader.release()
})

test('quiet is told, and the wait goes on', async () => {
  const body = new PassThrough()
  const reader = new BodyReader(body, times)
  expect(await reader.next(2)).toBe('quiet')
  const next = reader.next()
  body.end('a')
  expect(text(await next)).toBe('a')
  reader.release()
})

test('silence ends it; time in which nobody asked does not count', async () => {
  const body = new PassThrough()
  const reader = new BodyReader(body, times)
  body.write('a')
  await reader.next()
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, 2 * times.silence)
  await promise
  const late = reader.next()
  await expect(late).rejects.toMatchObject({ code: 'request-timeout' })
  await expect(reader.next()).rejects.toMatchObject({ code: 'request-timeout' })
  reader.release()
})

test('waits are summed up to the total', async () => {
  const body = new PassThrough()
  const reader = new BodyReader(body, { silence: 40, total: 60 })
  const drip = setInterval(() => body.write('a'), 15)
  const all = async () => {
    while (true) await reader.next()
  }
  await expect(all()).rejects.toMatchObject({ code: 'request-timeout' })
  clearInterval(drip)
  reader.release()
})

test('a cut, and a signal', async () => {
  const cut = new PassThrough()
  const reader = new BodyReader(cut, times)
  const next = reader.next()
  cut.destroy()
  await expect(next).rejects.toMatchObject({ code: 'bad-request' })
  const controller = new AbortController()
  const body = new PassThrough()
  const stopped = new BodyReader(body, times, controller.signal)
  const waiting = stopped.next()
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'input-aborted' })
  for (const one of [reader, stopped]) one.release()
})
