import { claimTask, heartbeat, openJobs, registerFunctions, settleTask, storeContext } from '@manyhands/job-store'
import { blockOfLines } from '@manyhands/planning'
import { createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis, jobKey } from '@manyhands/redis'
import { namespace, testRedis } from '@manyhands/testing'
import { createWakeups } from '@manyhands/wakeups'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type JobsContext, jobLimits } from './context.ts'
import { retryJob } from './retry.ts'

const server = testRedis()
const group = namespace()
const onError = (error: Error) => {
  throw error
}
let context: JobsContext
beforeAll(async () => {
  const redis = connectRedis(server.url, 'store', onError)
  const store = storeContext(redis, group, 'default')
  const queue = createTaskQueue(redis, group, onError)
  const wakeups = createWakeups(connectRedis(server.url, 'subscriber', onError), group, onError)
  await wakeups.start()
  context = { store, queue, wakeups, limits: jobLimits, onDue: () => undefined, onError }
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 1)
})
afterAll(async () => {
  await context.wakeups.stop()
  await context.queue.stop()
  await closeRedis(context.store.redis)
})

/** A job of which every item has failed. */
async function failedJob(id: string, lines: string[]): Promise<void> {
  const { store } = context
  const total = lines.length
  const fields = { kind: 'map', function: 'f', wire: 'plain', results: 'keep', resultTtlMs: 60_000, chunkSize: total, attempts: 1 }
  const blocks = [blockOfLines(lines.map((line) => Buffer.from(line)))]
  const opened = await openJobs(store, 'default', [{ id, fields, blocks, ended: true, hold: false, loaderMs: 0 }], { maxLive: 10 })
  const [task] = opened.type === 'ok' ? opened.tasks : []
  const [claim] = task ? (await claimTask(store, task, 'w')).claims : []
  if (!task || !claim) throw new Error('nothing to claim')
  const { chunk, attempt } = claim
  const parts = [{ from: 0, to: total, failed: total, bytes: Buffer.from('{"failed":[]}\n') }]
  const failed = lines.map((input, index) => ({ index, row: JSON.stringify({ index, error: {}, attempts: 1, input }) }))
  const rest = { final: true, faults: [], again: [], delay: 0, itemUs: 1, cpuUs: 1 }
  await settleTask(store, task, 'b', [{ job: id, chunk, attempt, parts, failed, ...rest }])
}

test('however much has failed: a retry copies it in blocks of at most 256 KiB, in its order', async () => {
  const { redis } = context.store
  const lines = Array.from({ length: 1001 }, (_, i) => JSON.stringify(`${i} ${'x'.repeat(1000)}`))
  await failedJob(`${group}~large`, lines)
  const { job } = await retryJob(context, `${group}~large`)
  expect(job).toMatchObject({ state: 'waiting', items: { total: 1001 }, retryOf: `${group}~large` })
  const rows = (await redis.zrange(jobKey(group, 'default', job.id, 'index'), '0', '-1')).map((row) => row.split(':').map(Number))
  const texts = rows.map(([block = 0, , , bytes]) =>
    redis.getrange(`${jobKey(group, 'default', job.id, 'block')}${block}`, 0, (bytes ?? 0) - 1),
  )
  const stored = await Promise.all(texts)
  expect(stored.join('')).toBe(lines.map((line) => `${line}\n`).join(''))
  expect(Math.max(...stored.map((text) => text.length))).toBeLessThanOrEqual(256 << 10)
})
