import { claimTask, heartbeat, openJobs, registerFunctions, settleTask, storeContext } from '@manyhands/job-store'
import { blockOfLines } from '@manyhands/planning'
import { createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis, groupKey, jobKey, type Redis } from '@manyhands/redis'
import { eventually, namespace, testRedis } from '@manyhands/testing'
import { createWakeups } from '@manyhands/wakeups'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type JobsContext, jobLimits } from './context.ts'
import { results } from './results.ts'

const redisServer = testRedis()
const group = namespace()
const readerMs = 600
let redis: Redis
let context: JobsContext

beforeAll(async () => {
  const onError = (error: Error) => {
    throw error
  }
  redis = connectRedis(redisServer.url, 'store', onError)
  const queue = createTaskQueue(redis, group, onError)
  const wakeups = createWakeups(connectRedis(redisServer.url, 'subscriber', onError), group, onError)
  await wakeups.start()
  const store = storeContext(redis, group, 'default')
  context = { store, queue, wakeups, limits: { ...jobLimits, readerMs }, onDue: () => undefined, onError }
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 1)
})
afterAll(async () => {
  await context.wakeups.stop()
  await context.queue.stop()
  await closeRedis(redis)
})

/** A job with results=once, whose first item of two has run. */
async function onceJob(id: string): Promise<void> {
  const { store } = context
  const fields = { kind: 'map', function: 'f', wire: 'plain', results: 'once', resultTtlMs: 60_000, chunkSize: 2, attempts: 1 }
  const blocks = [blockOfLines([Buffer.from('1'), Buffer.from('2')])]
  const opened = await openJobs(store, 'default', [{ id, fields, blocks, ended: true, hold: false, loaderMs: 0 }], { maxLive: 10 })
  const [task] = opened.type === 'ok' ? opened.tasks : []
  const [claim] = task ? (await claimTask(store, task, 'w')).claims : []
  if (!task || !claim) throw new Error('nothing to claim')
  const parts = [{ from: 0, to: 1, failed: 0, bytes: Buffer.from('{"failed":[]}\n1\n') }]
  const { chunk, attempt } = claim
  const rest = { final: false, failed: [], faults: [], again: [], delay: 0, itemUs: 1, cpuUs: 1 }
  await settleTask(store, task, 'b', [{ job: id, chunk, attempt, parts, ...rest }])
}

const read = async (id: string) => {
  const { events } = await results(context, id, { order: 'input', after: 0, signal: new AbortController().signal })
  return events[Symbol.asyncIterator]()
}

test('a reader that takes its time stays the reader, and the job goes on, until it lets go', async () => {
  const id = `${group}~slow`
  await onceJob(id)
  const reader = await read(id)
  expect(await reader.next()).toMatchObject({ value: { type: 'part' } })
  const leaseEnd = async () => Number(await redis.hget(jobKey(group, 'default', id, 'record'), 'readerUntil'))
  const lostAt = async () => Number(await redis.zscore(groupKey(group, 'agenda'), `reader default ${id}`))
  const before = { leaseEnd: await leaseEnd(), lostAt: await lostAt() }
  // nothing is asked for, for longer than the lease
  await eventually(async () => (await leaseEnd()) > before.leaseEnd + readerMs)
  expect(await lostAt()).toBeGreaterThan(before.lostAt + readerMs)
  await expect(read(id)).rejects.toMatchObject({ code: 'reader-exists' })
  await reader.return?.(undefined)
  const another = await read(id)
  expect(await another.next()).toMatchObject({ value: { type: 'part' } })
  await another.return?.(undefined)
})
