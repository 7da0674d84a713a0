import { closeRedis, connectRedis, groupBase, jobKey } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis({ aof: true })
let redis: ReturnType<typeof connectRedis>
let stack: TestStack | undefined
beforeAll(() => {
  redis = connectRedis(server.url, 'store', () => undefined)
})
afterEach(() => stack?.stop())
afterAll(() => closeRedis(redis))

const settings = { MANYHANDS_LEASE_MS: '1000' }
const items = Array.from({ length: 600 }, (_, i) => i)

test('worker kill -9 in mid-map: nothing is lost, nothing is stored twice', async () => {
  stack = await startStack({ redisUrl: server.url, workers: 2, settings })
  const job = await stack.json('POST', '/v1/pools/default/map', {
    function: 'later',
    items: items.map(() => 4),
    args: ['x'],
    chunkSize: 20,
  })
  await eventually(async () => ((await stack?.json('GET', `/v1/jobs/${job.id}`))?.items.done ?? 0) > 50)
  stack.workers[0]?.kill('SIGKILL')
  const ended = await stack.ended(job.id)
  expect([ended.state, ended.items]).toEqual(['succeeded', { total: 600, done: 600, failed: 0 }])
  const runs = (await redis.zrange(jobKey(stack.group, 'default', job.id, 'order'), '0', '-1')).map((row) => row.split(':').map(Number))
  const covered = runs.flatMap(([, from = 0, to = 0]) => Array.from({ length: to - from }, (_, i) => from + i))
  expect(covered).toEqual(items)
})

test('tasks that vanished from the queue are handed out anew', async () => {
  stack = await startStack({ redisUrl: server.url, workers: 0, settings })
  const worker = await stack.addWorker()
  worker.kill('SIGSTOP')
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'square', items: items.slice(0, 50), chunkSize: 5 })
  const lost = await eventually(async () => {
    const keys = (await redis.keys(`${groupBase(stack?.group ?? '')}:tasks:*`)).filter(
      (key) => key.includes(job.id) || key.endsWith(':wait') || key.endsWith(':marker'),
    )
    return keys.length > 2 ? keys : false
  })
  await redis.del(...lost)
  worker.kill('SIGCONT')
  const ended = await stack.ended(job.id)
  expect([ended.state, ended.items.done]).toEqual(['succeeded', 50])
})

test('a wait survives a Redis restart, and so does the job', async () => {
  stack = await startStack({ redisUrl: server.url, workers: 1, settings })
  const job = await stack.json('POST', '/v1/pools/default/map', {
    function: 'later',
    items: items.slice(0, 40).map(() => 40),
    args: [1],
    chunkSize: 4,
  })
  const waiting = stack.ended(job.id)
  await server.restart()
  const ended = await waiting
  expect([ended.state, ended.items.done]).toEqual(['succeeded', 40])
})

test('a waiter whose wake-up was lost with its connection is told all the same', async () => {
  stack = await startStack({ redisUrl: server.url, workers: 1, settings })
  const job = await stack.json('POST', '/v1/pools/default/apply', { function: 'later', args: [700, 'done'] })
  const waiting = stack.json('GET', `/v1/jobs/${job.id}?wait=20`)
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  const start = performance.now()
  expect((await waiting).state).toBe('succeeded')
  expect(performance.now() - start).toBeLessThan(5000)
})

test('a long item goes on over a blip of all connections, and runs once', async () => {
  // a free process, which would take the item over
  stack = await startStack({ redisUrl: server.url, workers: 2, settings })
  const job = await stack.json('POST', '/v1/pools/default/apply', { function: 'later', args: [3500, 'done'] })
  await eventually(async () => (await stack?.json('GET', `/v1/jobs/${job.id}`))?.state === 'running')
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  const ended = await stack.ended(job.id)
  expect([ended.state, ended.usage.attempts]).toEqual(['succeeded', 1])
})
