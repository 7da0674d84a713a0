import { blockOfLines, type Task } from '@manyhands/planning'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { mutatedScripts, namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimTask } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { endEarly } from './end.ts'
import { heartbeat, putPool, registerFunctions } from './fleet.ts'
import { openJobs } from './open.ts'
import { refeed, tick } from './reconcile.ts'
import { type SliceSettlement, settleTask } from './settle.ts'
import { viewJob } from './view.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

const job = 'a'
const early: Task = { tenant: 'default', pool: 'one', id: 'a-0-1', slices: [{ job, chunk: '0', generation: 1 }] }

/** A pool of one process whose task is on its way to the queue, as its job's record is. */
async function opened(folder?: string): Promise<StoreContext> {
  const store = storeContext(redis, namespace(), 'default', folder)
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 1)
  await putPool(store, 'one', { processes: 1 })
  const fields = { kind: 'apply', function: 'f', wire: 'plain', results: 'keep', resultTtlMs: 60_000, attempts: 1 }
  const blocks = [blockOfLines([Buffer.from('[1]')])]
  await openJobs(store, 'one', [{ id: job, fields, blocks, ended: true, hold: false, loaderMs: 0 }], { maxLive: 9, early: true })
  return store
}

/** What a worker says that ran the call and never claimed it. */
async function settleUnclaimed(store: StoreContext, task = early) {
  const parts = [{ from: 0, to: 1, failed: 0, bytes: Buffer.from('{"failed":[]}\n1\n') }]
  const counts = { failed: [], faults: [], again: [], delay: 0, itemUs: 1, cpuUs: 1 }
  const settlement: SliceSettlement = { job, chunk: '0', attempt: 0, final: true, parts, ...counts }
  return (await settleTask(store, task, 'b', [settlement])).answers
}
const recordOf = async (store: StoreContext) => (await viewJob(store, job))?.record

test('a call that nobody has claimed is claimed by its settlement', async () => {
  const store = await opened()
  expect(await settleUnclaimed(store)).toEqual(['ok'])
  expect(await recordOf(store)).toMatchObject({ state: 'succeeded', done: '1', running: '0', slots: '1', chunkAttempts: '1' })
  expect((await claimTask(store, early, 'w')).claims).toEqual([undefined])
})

test('sent again it stores nothing', async () => {
  const store = await opened()
  await settleUnclaimed(store)
  expect(await settleUnclaimed(store)).toEqual(['ended'])
  expect(await recordOf(store)).toMatchObject({ done: '1', nextPart: '1', running: '0' })
})

test('whoever has claimed it meanwhile has it', async () => {
  const store = await opened()
  await claimTask(store, early, 'other')
  expect(await settleUnclaimed(store)).toEqual(['stale'])
})

async function settledBehindARefeed(folder?: string) {
  const store = await opened(folder)
  const { suspects } = await tick(store, { everyMs: 1000, force: true, unclaimedMs: -1, claimedMs: -1 })
  for (const suspect of suspects) await refeed(store, suspect)
  return settleUnclaimed(store)
}

test('a task that was handed out anew under another id is settled by that one', async () => {
  expect(await settledBehindARefeed()).toEqual(['stale'])
})

test('mutant: a task that is out no more settles', async () => {
  const folder = mutatedScripts(new URL('.', import.meta.url), 'settle.lua', "if not out or out[4] ~= 'q' then return false end", '')
  await expect(settledBehindARefeed(folder).then((answers) => expect(answers).toEqual(['stale']))).rejects.toThrow()
})

test('a cancelled job takes no result', async () => {
  const store = await opened()
  await endEarly(store, job, { state: 'cancelled', error: { name: 'ManyhandsError', code: 'cancelled', message: 'enough' } })
  expect(await settleUnclaimed(store)).toEqual(['ended'])
  expect(await recordOf(store)).toMatchObject({ state: 'cancelled' })
})
