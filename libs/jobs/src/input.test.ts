import { ProblemError } from '@manyhands/contracts'
import { heartbeat, registerFunctions, storeContext } from '@manyhands/job-store'
import { blockOfLines } from '@manyhands/planning'
import { createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { eventually, namespace, testRedis } from '@manyhands/testing'
import { createWakeups, type Wakeups } from '@manyhands/wakeups'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type JobsContext, jobLimits } from './context.ts'
import { cancelJob } from './end.ts'
import { appendItems, openMap, openUpload } from './input.ts'

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

/** The wake-ups, and how many wait for them now. */
function counted(wakeups: Wakeups): Wakeups & { waiters: number } {
  const counting = {
    ...wakeups,
    waiters: 0,
    onJob(...given: Parameters<Wakeups['onJob']>) {
      const leave = wakeups.onJob(...given)
      counting.waiters += 1
      return () => {
        counting.waiters -= 1
        leave()
      }
    },
  }
  return counting
}

const map = { kind: 'map', pool: 'default', function: 'f', wire: 'plain', options: {} } as const
const block = () => blockOfLines([Buffer.from('1'), Buffer.from('2')])
async function* twoItems() {
  yield block()
}

test('an append that is refused leaves no waiter behind', async () => {
  const wakeups = counted(context.wakeups)
  const { job } = await openMap(context, map)
  await cancelJob(context, job.id)
  await expect(appendItems({ ...context, wakeups }, job.id, 0, twoItems())).rejects.toMatchObject({ code: 'not-open' })
  await expect(appendItems({ ...context, wakeups }, `${group}~nobody`, 0, twoItems())).rejects.toMatchObject({ code: 'not-found' })
  expect(wakeups.waiters).toBe(0)
})

/** With a connection of its own, as a look at the memory of Redis serves a while. */
async function withFreshLook<T>(work: (fresh: JobsContext) => Promise<T>): Promise<T> {
  const redis = connectRedis(server.url, 'store', onError)
  try {
    return await work({ ...context, store: storeContext(redis, group, 'default') })
  } finally {
    await closeRedis(redis)
  }
}

test('above 80 % of the memory an append is refused, and what is sent again later is all there', async () => {
  const { redis } = context.store
  const { job } = await openMap(context, map)
  const upload = await openUpload(context, map, { hold: false })
  // so that a tenth of the memory is room enough for what the test itself does
  await redis.setrange('ballast', 64 << 20, 'x')
  const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
  await redis.config('SET', 'maxmemory', Math.round(used / 0.9))
  await withFreshLook(async (full) => {
    await expect(appendItems(full, job.id, 0, twoItems())).rejects.toMatchObject({ code: 'store-full', retryAfter: 5 })
  })
  const isFull = (error: unknown) => error instanceof ProblemError && error.code === 'store-full'
  await eventually(() => upload.append(block()).then(() => false, isFull))
  await redis.config('SET', 'maxmemory', 0)
  await withFreshLook(async (roomy) => {
    expect(await appendItems(roomy, job.id, 0, twoItems())).toEqual({ total: 2, accepted: 2 })
  })
  await upload.abort('the test is over')
})
