import type { Job, Session } from '@manyhands/contracts'
import { closeRedis, connectRedis, groupBase } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: server.url, workers: 1, settings: { MANYHANDS_LEASE_MS: '1000' } })
})
afterAll(() => stack.stop())

const open = (leaseMs: number) => stack.json<Session>('POST', '/v1/sessions', { leaseMs })
const spin = (session: string) => stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'spin', args: [60_000], session })
const look = (job: Job) => stack.json<Job>('GET', `/v1/jobs/${job.id}`)
const running = (job: Job) => eventually(async () => (await look(job)).state === 'running')

test('a session whose heartbeats stop ends within its lease and a second, and what runs of its jobs is killed', async () => {
  const session = await open(1000)
  const job = await spin(session.id)
  await running(job)
  const beat = await stack.json<Session>('PUT', `/v1/sessions/${session.id}/heartbeat`)
  expect(beat).toMatchObject({ id: session.id, leaseMs: 1000, jobs: 1 })
  const from = performance.now()
  await eventually(async () => (await look(job)).stoppedAt !== null, { timeoutMs: 5000 })
  expect(performance.now() - from).toBeLessThan(2000)
  expect(await look(job)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled', message: expect.stringContaining('session') } })
  for (const [method, route] of [
    ['PUT', `/v1/sessions/${session.id}/heartbeat`],
    ['DELETE', `/v1/sessions/${session.id}`],
  ] as const)
    expect((await stack.call(method, route)).status).toBe(404)
})

test('heartbeats keep it, and its end ends its jobs at once; others run on', async () => {
  const session = await open(1000)
  const [mine, other] = [
    await spin(session.id),
    await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'later', args: [1200, 'x'] }),
  ]
  const until = performance.now() + 1500
  await eventually(
    async () => {
      await stack.json('PUT', `/v1/sessions/${session.id}/heartbeat`)
      return performance.now() > until
    },
    { everyMs: 200, timeoutMs: 5000 },
  )
  expect((await look(mine)).finishedAt).toBeNull()
  expect((await stack.call('DELETE', `/v1/sessions/${session.id}`)).status).toBe(204)
  expect(await look(mine)).toMatchObject({ state: 'cancelled' })
  expect((await stack.ended(other.id)).state).toBe('succeeded')
})

test('a job of a session that has ended is refused; of a session that ends no key is left', async () => {
  const answer = await stack.call('POST', '/v1/pools/default/apply', { function: 'square', args: [1], session: 'A'.repeat(22) })
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'session-not-found'])
  const session = await open(60_000)
  await stack.ended((await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'square', args: [1], session: session.id })).id)
  expect((await stack.json<Session>('PUT', `/v1/sessions/${session.id}/heartbeat`)).jobs).toBe(0)
  await stack.call('DELETE', `/v1/sessions/${session.id}`)
  const redis = connectRedis(server.url, 'store', () => undefined)
  // what it has told stays for a minute
  const keys = await redis.keys(`${groupBase(stack.group)}:default:session:*`)
  expect(keys.filter((key) => !key.endsWith(':ended'))).toEqual([])
  for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0)
  expect(await redis.zscore(`${groupBase(stack.group)}:agenda`, `session default ${session.id}`)).toBeNull()
  await closeRedis(redis)
})
