import { eventually, testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { apiServer, ndjson, problemOf } from './server.ts'

/** reliability-rules.md, promise 4: fast honest refusal. */
const redis = testRedis({ aof: true })
const api = apiServer(redis)
const map = '/v1/pools/default/map'

test('Redis is gone: all 503 with Retry-After in under a second, nothing is taken; back again: 202 without a restart', async () => {
  const before = await api.submit(map, { function: 'square', items: [1, 2] })
  await api.ended(before.id)
  await redis.kill()

  const start = performance.now()
  const answers = await Promise.all(Array.from({ length: 200 }, () => api.post(map, { function: 'square', items: [1] })))
  expect(performance.now() - start).toBeLessThan(1000)
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]))
  expect(answers[0]?.headers.get('retry-after')).toBe('1')
  expect(await problemOf(answers[0] as Response)).toMatchObject({ status: 503, code: 'redis-unavailable' })

  const others = [
    api.get('/readyz'),
    api.get('/v1/jobs'),
    api.get(`/v1/jobs/${before.id}?wait=10`),
    api.get(`/v1/jobs/${before.id}/result?wait=10`),
    api.get(`/v1/jobs/${before.id}/results`),
    api.get('/v1/functions'),
    api.get('/v1/pools'),
    api.post('/v1/pools', { name: 'x' }),
    api.post(`${map}?function=square`, '1\n2\n', ndjson),
    api.post('/v1/pools/default/apply', { function: 'square', args: [1] }, { 'content-type': 'application/json', prefer: 'wait=10' }),
  ]
  for (const other of others) expect((await problemOf(await other)).code).toBe('redis-unavailable')
  expect((await api.get('/healthz')).status).toBe(200)

  await redis.restart()
  const back = await eventually(
    async () => {
      const response = await api.post(map, { function: 'square', items: [3] })
      return response.status === 202 && ((await response.json()) as { id: string })
    },
    { timeoutMs: 5000, everyMs: 50 },
  )
  await api.ended(back.id)
  expect((await api.jobs()).map((job) => job.id).toSorted()).toEqual([before.id, back.id].toSorted())
})
