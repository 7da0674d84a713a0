import { blockOfLines } from '@manyhands/planning'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StoreContext, storeContext } from './context.ts'
import { endEarly } from './end.ts'
import { heartbeat, putPool, registerFunctions } from './fleet.ts'
import { type NewJob, type OpenReply, openJobs } from './open.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

/** A pool of one process. */
async function newStore(): Promise<StoreContext> {
  const store = storeContext(redis, namespace(), 'default')
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{"attempts":3}}' }])
  await heartbeat(store, 'w', '{}', 1)
  await putPool(store, 'one', { processes: 1 })
  return store
}

function apply(id: string, name = 'f'): NewJob {
  const fields = { kind: 'apply', function: name, wire: 'plain', results: 'keep', resultTtlMs: 60_000 }
  return { id, fields, blocks: [blockOfLines([Buffer.from('[1]')])], ended: true, hold: false, loaderMs: 0 }
}
const open = (store: StoreContext, id: string, options = {}, name?: string) =>
  openJobs(store, 'one', [apply(id, name)], { maxLive: 100, ...options })
const taskIds = (reply: OpenReply) => (reply.type === 'ok' ? reply.tasks.map((task) => task.id) : [])
const cancelled = { name: 'ManyhandsError', code: 'cancelled', message: 'enough' } as const

test('an early task is handed out under the id it was queued with', async () => {
  expect(taskIds(await open(await newStore(), 'a', { early: true }))).toEqual(['a-0-1'])
})

test('an early task that finds no credit leaves an id that is never used again', async () => {
  const store = await newStore()
  await open(store, 'a')
  expect(taskIds(await open(store, 'b', { early: true }))).toEqual([])
  const tasks = await endEarly(store, 'a', { state: 'cancelled', error: cancelled })
  expect(tasks?.map((task) => task.id)).toEqual(['b-1-1'])
})

test('requests of one turn share a script, and each is answered for itself', async () => {
  const store = await newStore()
  const replies = await Promise.all([open(store, 'a'), open(store, 'x', {}, 'nobody'), open(store, 'a'), open(store, 'b')])
  expect(replies.map(({ type }) => type)).toEqual(['ok', 'unknown-function', 'taken', 'ok'])
  // the pool has one process: one task, told to one of them
  expect(replies.flatMap(taskIds)).toEqual(['a-0-1'])
})

test('many jobs of one request are opened all or none', async () => {
  const store = await newStore()
  const many = (jobs: NewJob[]) => openJobs(store, 'one', jobs, { maxLive: 3 })
  expect(await many([apply('a'), apply('b', 'nobody')])).toEqual({ type: 'unknown-function', name: 'nobody' })
  expect(await many([apply('a'), apply('b'), apply('b')])).toEqual({ type: 'taken', id: 'b' })
  expect(await many([apply('a'), apply('b'), apply('c'), apply('d')])).toEqual({ type: 'quota', live: 0 })
  expect(await many([apply('a'), apply('b')])).toMatchObject({ type: 'ok', jobs: [{ total: 1 }, { total: 1 }] })
})

test("what the function's author declared stands in the record where the caller said nothing", async () => {
  const store = await newStore()
  await openJobs(store, 'one', [{ ...apply('a'), fields: { ...apply('a').fields, attempts: 7 } }, apply('b')], { maxLive: 9 })
  const attempts = (id: string) => redis.hget(`mh:{${store.group}}:default:job:${id}`, 'attempts')
  expect([await attempts('a'), await attempts('b')]).toEqual(['7', '3'])
})
