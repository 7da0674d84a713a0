import { claimTask, heartbeat, openJobs, registerFunctions, storeContext } from '@manyhands/job-store'
import { blockOfLines } from '@manyhands/planning'
import { createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis, jobKey } from '@manyhands/redis'
import { eventually, namespace, testRedis } from '@manyhands/testing'
import { createWakeups } from '@manyhands/wakeups'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type JobsContext, jobLimits } from '../context.ts'
import { persist } from './persist.ts'
import { createSettler, liveSlice } from './settler.ts'

const server = testRedis()
const group = namespace()
const troubles: string[] = []
const onError = (error: Error) => void troubles.push(error.message)
let context: JobsContext
beforeAll(async () => {
  const redis = connectRedis(server.url, 'store', onError)
  const store = storeContext(redis, group, 'default')
  const queue = createTaskQueue(redis, group, onError)
  const wakeups = createWakeups(connectRedis(server.url, 'subscriber', onError), group, onError)
  context = { store, queue, wakeups, limits: jobLimits, onDue: () => undefined, onError }
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 1)
})
afterAll(async () => {
  await context.wakeups.stop()
  await context.queue.stop()
  await closeRedis(context.store.redis)
})

async function claimed(id: string) {
  const { store } = context
  const fields = { kind: 'map', function: 'f', wire: 'plain', results: 'keep', resultTtlMs: 60_000, chunkSize: 2, attempts: 1 }
  const blocks = [blockOfLines([Buffer.from('1'), Buffer.from('2')])]
  const opened = await openJobs(store, 'default', [{ id, fields, blocks, ended: true, hold: false, loaderMs: 0 }], { maxLive: 10 })
  const [task] = opened.type === 'ok' ? opened.tasks : []
  const [claim] = task ? (await claimTask(store, task, 'w')).claims : []
  if (!task || !claim) throw new Error('nothing to claim')
  return { task, slices: [liveSlice(claim)] }
}

const outcome = (item: number) => ({ slice: 0, from: item, to: item + 1, lines: Buffer.from('1\n'), failed: [], itemUs: 1, cpuUs: 1 })

test('a settlement that failed is told, and the final one is sent all the same: what was not settled is handed back', async () => {
  const { redis } = context.store
  const id = `${group}~poisoned`
  const { task, slices } = await claimed(id)
  const settler = createSettler(context, {
    task,
    slices,
    place: { worker: 'w', host: 'h', build: 'b' },
    stop: new AbortController().signal,
  })
  const order = jobKey(group, 'default', id, 'order')
  await redis.set(order, 'not what it should be')
  settler.add(0, outcome(0))
  await eventually(() => troubles.some((message) => message.includes('WRONGTYPE')))
  await redis.del(order)
  settler.add(0, outcome(1))
  await settler.end()
  const record = jobKey(group, 'default', id, 'record')
  expect([await redis.hget(record, 'done'), await redis.hget(record, 'running')]).toEqual(['1', '0'])
})

test('finished work waits for room in Redis', async () => {
  const { redis } = context.store
  await redis.config('SET', 'maxmemory', 1)
  let tries = 0
  const written = persist(() => {
    tries += 1
    return redis.set('a', 'b')
  }, new AbortController().signal)
  written.catch(() => undefined)
  await eventually(() => tries > 2)
  await redis.config('SET', 'maxmemory', 0)
  expect(await written).toBe('OK')
})

test('once the runner has stopped nothing waits for Redis any more', async () => {
  const redis = connectRedis(server.url, 'store', onError)
  await closeRedis(redis)
  const stop = new AbortController()
  let tries = 0
  const written = persist(() => {
    tries += 1
    return redis.set('a', 'b')
  }, stop.signal)
  const refused = expect(written).rejects.toThrow('Connection is closed')
  await eventually(() => tries > 2)
  stop.abort()
  await refused
})
