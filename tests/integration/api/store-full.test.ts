import type { Job } from '@manyhands/contracts'
import { closeRedis, connectRedis, type Redis } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesOf } from '../../stack.ts'
import { apiServer, ndjson, refusal } from './server.ts'

const server = testRedis()
const api = apiServer(server)
const map = '/v1/pools/default/map'

let redis: Redis
beforeAll(() => {
  redis = connectRedis(server.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

/** Redis has room for so many bytes for each one that it holds. */
async function fill(share: number): Promise<void> {
  // so that a tenth of the memory is room enough for what the test itself does
  await redis.setrange('ballast', 64 << 20, 'x')
  const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
  await redis.config('SET', 'maxmemory', Math.round(used / share))
}

const look = async (id: string) => (await (await api.get(`/v1/jobs/${id}`)).json()) as Job
const isFull = (response: Promise<Response>) => refusal(response).then(([status, code]) => status === 503 && code === 'store-full')
const submit = () => api.post(map, { function: 'square', items: [1, 2] })
/** A look at the memory serves for a second. */
const refuses = () => eventually(async () => (await submit()).status === 503)

test('beyond 80 % of the memory new work is refused, and what is there goes on to its end', async () => {
  const items = Array.from({ length: 80 }, (_, value) => ({ do: 'slow', ms: 50, value }))
  const running = await api.submit(map, { function: 'behave', items, chunkSize: 1 })
  const open = await api.submit(map, { function: 'square', open: true })
  await fill(0.9)
  await refuses()
  expect((await look(running.id)).items.done).toBeLessThan(80)

  const refused = await submit()
  expect(refused.headers.get('retry-after')).toBe('5')
  expect(await isFull(Promise.resolve(refused))).toBe(true)
  expect(await isFull(api.post('/v1/pools/default/apply', { function: 'square', args: [1] }))).toBe(true)
  expect(await isFull(api.post(`${map}?function=square`, '1\n2\n', ndjson))).toBe(true)
  expect(await isFull(api.post(`/v1/jobs/${open.id}/items?offset=0`, '1\n2\n', ndjson))).toBe(true)

  expect(await api.ended(running.id)).toMatchObject({ state: 'succeeded', items: { total: 80, done: 80, failed: 0 } })
  expect((await linesOf(await api.get(`/v1/jobs/${running.id}/results`))).length).toBe(80)
  expect((await api.call('DELETE', `/v1/jobs/${running.id}`)).status).toBe(204)

  await redis.config('SET', 'maxmemory', 0)
  const job = await eventually(async () => {
    const answer = await submit()
    return answer.status === 202 && ((await answer.json()) as Job)
  })
  expect((await api.ended(job.id)).state).toBe('succeeded')
  expect((await api.call('POST', `/v1/jobs/${open.id}/cancel`)).status).toBe(200)
})
