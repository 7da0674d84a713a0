import { processPool } from '@manyhands/contracts'
import { blockOfLines, type Task } from '@manyhands/planning'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimTask } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { heartbeat, registerFunctions } from './fleet.ts'
import { openJobs } from './open.ts'
import { noteProcess } from './processes.ts'
import { tick } from './reconcile.ts'
import { viewJob } from './view.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

const lives = (store: StoreContext) => heartbeat(store, 'w', '{}', 1)
const fallsSilent = (store: StoreContext) => heartbeat(store, 'w', '', 0)
/** What it notices is due in the next one. */
const round = (store: StoreContext) => tick(store, { everyMs: 1000, force: true, unclaimedMs: 60_000, claimedMs: -2 })

/** A process `one` that worker `w` has begun. */
async function newStore(): Promise<StoreContext> {
  const store = storeContext(redis, namespace(), 'default')
  await registerFunctions(store, [{ name: 'spin', json: '{"policy":{}}' }])
  await lives(store)
  const fields = { kind: 'process', function: 'spin', wire: 'plain', results: 'keep', resultTtlMs: 60_000 }
  const blocks = [blockOfLines([Buffer.from('[1]')])]
  const job = { id: 'one', fields, blocks, ended: true, hold: false, loaderMs: 0, idempotency: undefined }
  const reply = await openJobs(store, processPool, [job], { maxLive: 100, maxDepth: 8 })
  const [claim] = (await claimTask(store, (reply as { tasks: Task[] }).tasks[0] as Task, 'w')).claims
  if (!claim) throw new Error('nothing to claim')
  await noteProcess(store, claim, { worker: 'w', host: 'h', pid: undefined })
  return store
}

const stateOf = async (store: StoreContext) => (await viewJob(store, 'one'))?.record

test('a process whose worker has fallen silent is lost, also when no other worker looks', async () => {
  const store = await newStore()
  await fallsSilent(store)
  await round(store)
  expect(await stateOf(store)).toMatchObject({ state: 'running' })
  await round(store)
  const { state, error } = (await stateOf(store)) ?? {}
  expect([state, JSON.parse(error ?? '')]).toMatchObject(['failed', { name: 'ProcessLostError', code: 'process-lost' }])
  // nobody asks again
  await round(store)
  expect(await redis.zscore(`mh:{${store.group}}:agenda`, 'lost default one')).toBeNull()
})

test('it is not when the worker comes back in time', async () => {
  const store = await newStore()
  await fallsSilent(store)
  await round(store)
  await lives(store)
  await round(store)
  await round(store)
  expect(await stateOf(store)).toMatchObject({ state: 'running' })
})
