import { groupOf, type Job } from '@manyhands/contracts'
import { closeRedis, connectRedis, groupKey } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { linesOf } from '../../stack.ts'
import { apiServer } from './server.ts'

const server = testRedis()
const api = apiServer(server)
const map = '/v1/pools/default/map'

const look = async (id: string) => (await (await api.get(`/v1/jobs/${id}`)).json()) as Job
const waits = (id: string, reason: Job['waitingFor']) =>
  eventually(async () => (await look(id)).waitingFor === reason, { timeoutMs: 20_000 })

/** Lets what has been put off for a job fall due: an hour in a moment. */
async function comeDue(what: 'reader' | 'retry', id: string): Promise<void> {
  const redis = connectRedis(server.url, 'store', () => undefined)
  const group = String(groupOf(id))
  const agenda = groupKey(group, 'agenda')
  const members = await redis.zrange(agenda, '0', '-1')
  for (const member of members.filter((one) => one.startsWith(`${what} default ${id}`))) await redis.zadd(agenda, 'XX', '0', member)
  await redis.publish(groupKey(group, 'control'), 'due 0')
  await closeRedis(redis)
}

test('an item between two tries: waitingFor retry, and it succeeds when its time has come', async () => {
  const backoff = { type: 'fixed', delayMs: 3_600_000 }
  const job = await api.submit(map, { function: 'onTry', items: [1, 2], chunkSize: 1, attempts: 2, backoff })
  await waits(job.id, 'retry')
  expect(await look(job.id)).toMatchObject({ state: 'running', items: { total: 2, done: 1, failed: 0 }, finishedAt: null })
  await comeDue('retry', job.id)
  const ended = await api.ended(job.id)
  expect(ended).toMatchObject({ state: 'succeeded', waitingFor: null, items: { total: 2, done: 2, failed: 0 }, usage: { attempts: 3 } })
})

test('results=once that nobody reads: waitingFor unread-results; reading lets it go on to its end', async () => {
  // 64 MiB may lie unread
  const [count, bytes] = [80, 1_000_000]
  const items = Array.from({ length: count }, () => ({ do: 'big', bytes }))
  const job = await api.submit(map, { function: 'behave', items, chunkSize: 1, results: 'once' })
  await waits(job.id, 'unread-results')
  const { items: some, state } = await look(job.id)
  expect([state, some.done > 60 && some.done < count]).toEqual(['running', true])
  const lines = await linesOf<{ index: number; value: string }>(await api.get(`/v1/jobs/${job.id}/results`))
  expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, i) => i))
  expect(lines.every(({ value }) => value.length === bytes)).toBe(true)
  expect(await api.ended(job.id)).toMatchObject({ state: 'succeeded', waitingFor: null, items: { done: count } })
}, 60_000)

test('results=once that nobody reads in time: failed with no-reader, and what has run may still be read', async () => {
  const items = [{ do: 'ok', value: 'read me' }, { do: 'hang' }]
  const job = await api.submit(map, { function: 'behave', items, chunkSize: 1, results: 'once' })
  await eventually(async () => (await look(job.id)).items.done === 1)
  await comeDue('reader', job.id)
  const ended = await api.ended(job.id)
  expect(ended).toMatchObject({
    state: 'failed',
    items: { total: 2, done: 1, failed: 0 },
    error: { name: 'ManyhandsError', code: 'no-reader' },
  })
  expect(await linesOf(await api.get(`/v1/jobs/${job.id}/results`))).toEqual([{ index: 0, value: 'read me' }])
})
