import { closeRedis, connectRedis, jobKey } from '@manyhands/redis'
import { namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StoreContext, storeContext } from './context.ts'
import { type OutputPiece, readOutput, writeOutput } from './output.ts'

const redisServer = testRedis()
const job = 'g~job'
let store: StoreContext
beforeAll(async () => {
  store = storeContext(
    connectRedis(redisServer.url, 'store', () => undefined),
    namespace(),
    'default',
  )
  await store.redis.hset(jobKey(store.group, 'default', job, 'record'), 'state', 'running')
})
afterAll(() => closeRedis(store.redis))

const piece = (stream: OutputPiece['stream'], end: number, text: string): OutputPiece => ({ stream, end, bytes: Buffer.from(text) })

test('pieces stand in order, are read from any byte on, and a resend changes nothing', async () => {
  const pieces = [piece('stdout', 6, 'hello\n'), piece('stderr', 10, 'odd\n')]
  for (let i = 0; i < 2; i++) expect(await writeOutput(store, job, pieces)).toBe(true)
  expect(await readOutput(store, job, 0)).toEqual(pieces)
  expect(await readOutput(store, job, 3)).toEqual(pieces)
  expect(await readOutput(store, job, 6)).toEqual(pieces.slice(1))
  expect(await readOutput(store, job, 10)).toEqual([])
})

test('beyond 256 KiB the oldest go', async () => {
  const large = Array.from({ length: 8 }, (_, i) => piece('stdout', 10 + (i + 1) * 65_536, 'x'.repeat(65_536)))
  await writeOutput(store, job, large)
  expect((await readOutput(store, job, 0)).map(({ end }) => end)).toEqual(large.slice(4).map(({ end }) => end))
})

test('of a job that is forgotten nothing is kept', async () => {
  expect(await writeOutput(store, 'g~other', [piece('stdout', 1, 'x')])).toBe(false)
  expect(await store.redis.exists(jobKey(store.group, 'default', 'g~other', 'output'))).toBe(0)
})
