import { closeRedis, connectRedis } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
let stack: TestStack
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(server.url, 'store', () => undefined)
  stack = await startStack({ inside: true, redisUrl: server.url, settings: { MANYHANDS_PROCESSES: '2', MANYHANDS_LEASE_MS: '2000' } })
})
afterAll(async () => {
  await stack.stop()
  await closeRedis(redis)
})

const keysOf = async (id: string) => (await redis.keys('*')).filter((key) => key.includes(id))

test('cancel kills a computing child within 1 s, and nothing of the job runs after stoppedAt', async () => {
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'spin', items: [60_000, 60_000, 60_000], chunkSize: 1 })
  await eventually(async () => (await stack.json('GET', `/v1/jobs/${job.id}`)).state === 'running')
  const start = performance.now()
  const cancelled = await stack.json('POST', `/v1/jobs/${job.id}/cancel`)
  expect(cancelled).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
  const stopped = await eventually(async () => (await stack.json('GET', `/v1/jobs/${job.id}`)).stoppedAt ?? false, { timeoutMs: 2000 })
  expect(performance.now() - start).toBeLessThan(1000)
  expect(stopped).not.toBeNull()
  const after = await stack.json('POST', '/v1/pools/default/apply', { function: 'square', args: [3] })
  expect((await stack.ended(after.id)).state).toBe('succeeded')
})

test('cancelling one of several applies that share a task leaves the others whole', async () => {
  const warm = await stack.json('POST', '/v1/pools/default/map', { function: 'later', items: [0, 0, 0, 0], args: [0] })
  await stack.ended(warm.id)
  const calls = Array.from({ length: 40 }, (_, i) => ({ function: 'later', args: [i === 7 ? 5000 : 1, i] }))
  const { jobs } = await stack.json<{ jobs: { id: string }[] }>('POST', '/v1/pools/default/apply', { calls })
  await eventually(async () => (await stack.json('GET', `/v1/jobs/${jobs[7]?.id}`)).state === 'running')
  await stack.json('POST', `/v1/jobs/${jobs[7]?.id}/cancel`)
  const states = await Promise.all(jobs.map(async ({ id }) => (await stack.ended(id)).state))
  expect(states).toEqual(calls.map((_, i) => (i === 7 ? 'cancelled' : 'succeeded')))
})

test('after DELETE no key of the job is left', async () => {
  const job = await stack.json(
    'POST',
    '/v1/pools/default/map',
    { function: 'square', items: [1, 2, 3], labels: { a: 'b' } },
    { 'idempotency-key': 'forget-me' },
  )
  await stack.ended(job.id)
  expect(await keysOf(job.id)).not.toEqual([])
  expect((await stack.call('DELETE', `/v1/jobs/${job.id}`)).status).toBe(204)
  expect(await keysOf(job.id)).toEqual([])
  expect((await stack.call('GET', `/v1/jobs/${job.id}`)).status).toBe(404)
})

test('after the TTL no key of the job is left', async () => {
  const items = [
    { do: 'ok', value: 1 },
    { do: 'throw', message: 'x' },
  ]
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'behave', items, resultTtlMs: 300 })
  await stack.ended(job.id)
  await eventually(async () => (await keysOf(job.id)).length === 0, { timeoutMs: 8000, describe: 'the sweep' })
})

test('a deadline ends what runs', async () => {
  const job = await stack.json('POST', '/v1/pools/default/apply', { function: 'spin', args: [60_000], deadlineMs: 300 })
  const ended = await stack.ended(job.id, 8)
  expect(ended).toMatchObject({ state: 'failed', error: { code: 'deadline-exceeded' } })
})
