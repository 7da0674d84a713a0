import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { flush, write } from './standard-streams.ts'

test('writing waits for a slow reader', async () => {
  const stream = new PassThrough({ highWaterMark: 4 })
  const written = write(stream, 'longer than four')
  stream.resume()
  expect(await written).toBe(true)
})

test('a reader that leaves ends the writing', async () => {
  const stream = new PassThrough({ highWaterMark: 4 })
  const written = write(stream, 'longer than four')
  stream.destroy()
  expect(await written).toBe(false)
  expect(await write(stream, 'more')).toBe(false)
})

test('a flush waits until all has left', async () => {
  const stream = new PassThrough({ highWaterMark: 4 })
  stream.write('longer than four')
  let flushed = false
  const flushing = flush(stream).then(() => {
    flushed = true
  })
  await new Promise(setImmediate)
  expect(flushed).toBe(false)
  stream.resume()
  await flushing
})

test('a flush does not wait for a reader that has left', async () => {
  const stream = new PassThrough({ highWaterMark: 4 })
  stream.write('longer than four')
  const flushing = flush(stream)
  stream.destroy()
  await flushing
})
