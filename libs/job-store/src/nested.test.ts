import { blockOfLines, type Task } from '@manyhands/planning'
import { closeRedis, connectRedis, groupBase } from '@manyhands/redis'
import { mutatedScripts, namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimTask } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { endEarly, forgetJob } from './end.ts'
import { heartbeat, putPool, registerFunctions } from './fleet.ts'
import { type OpenReply, openJobs } from './open.ts'
import { tick } from './reconcile.ts'
import { type SliceSettlement, settleTask } from './settle.ts'
import { viewJob } from './view.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

/** @param scripts other ones than those of this folder */
async function newStore(scripts?: string): Promise<StoreContext> {
  const store = storeContext(redis, namespace(), 'default', scripts)
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 8)
  for (const name of ['p', 'q']) await putPool(store, name, { processes: 8 })
  return store
}

interface Wanted {
  parent?: string
  items?: number
  pool?: string
  maxDepth?: number
  maxLive?: number
}

function open(
  store: StoreContext,
  id: string,
  { parent, items = 1, pool = 'p', maxDepth = 3, maxLive = 100 }: Wanted = {},
): Promise<OpenReply> {
  const fields = { kind: 'map', function: 'f', wire: 'plain', results: 'keep', resultTtlMs: 60_000, attempts: 9, chunkSize: items, parent }
  const blocks = [blockOfLines(Array.from({ length: items }, (_, i) => Buffer.from(String(i))))]
  return openJobs(store, pool, [{ id, fields, blocks, ended: true, hold: false, loaderMs: 0 }], { maxLive, maxDepth })
}

/** Opens a job and takes its task. */
async function run(store: StoreContext, id: string, wanted: Wanted = {}) {
  const reply = await open(store, id, wanted)
  if (reply.type !== 'ok') throw new Error(`${id}: ${reply.type}`)
  const [task] = reply.tasks
  const [claim] = task ? (await claimTask(store, task, 'w')).claims : []
  if (!task || !claim) throw new Error(`${id}: nothing to claim`)
  return { task, claim }
}

async function settle(store: StoreContext, { task, claim: { job, chunk, attempt } }: Awaited<ReturnType<typeof run>>, said: object) {
  const nothing = { parts: [], failed: [], faults: [], again: [], delay: 0, itemUs: 1, cpuUs: 1 }
  const slice = { job, chunk, attempt, final: false, ...nothing, ...said } as SliceSettlement
  return (await settleTask(store, task as Task, 'b', [slice])).answers
}

const part = (index: number, failed: boolean) => ({
  parts: [{ from: index, to: index + 1, failed: failed ? 1 : 0, bytes: Buffer.from(`{"failed":[${failed ? 0 : ''}]}\n1\n`) }],
  failed: failed ? [{ index, row: '{}' }] : [],
})
const states = (store: StoreContext, ids: string[]) => Promise.all(ids.map(async (id) => (await viewJob(store, id))?.record.state))
const cancel = (store: StoreContext, id: string) =>
  endEarly(store, id, { state: 'cancelled', error: { name: 'ManyhandsError', code: 'cancelled', message: 'enough' } })
const round = (store: StoreContext) => tick(store, { everyMs: 5000, force: true, unclaimedMs: 60_000, claimedMs: 60_000 })
async function rounds(store: StoreContext, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await round(store)
}
const keysOf = async (store: StoreContext, id: string) => redis.keys(`${groupBase(store.group)}:default:job:${id}*`)

test('a parent is a job that lives, and not too deep', async () => {
  const store = await newStore()
  expect(await open(store, 'x', { parent: 'nobody/0' })).toMatchObject({ type: 'no-parent', job: 'nobody' })
  await run(store, 'top')
  for (const [id, parent] of [
    ['a', 'top'],
    ['b', 'a'],
    ['c', 'b'],
  ])
    await run(store, id as string, { parent: `${parent}/0` })
  expect(await open(store, 'd', { parent: 'c/0' })).toEqual({ type: 'too-deep', depth: 4 })
  expect(await open(store, 'd', { parent: 'c/0', maxDepth: 4 })).toMatchObject({ type: 'ok' })
  await cancel(store, 'c')
  expect(await open(store, 'e', { parent: 'c/0' })).toMatchObject({ type: 'parent-ended', job: 'c' })
})

test('what is refused leaves nothing behind', async () => {
  const store = await newStore()
  const left = async () =>
    [await redis.keys(`${groupBase(store.group)}*`), await redis.smembers(`${groupBase(store.group)}:default:pools`)].map((all) =>
      all.toSorted(),
    )
  const before = await left()
  expect(await open(store, 'x', { parent: 'nobody/0', pool: 'unheard-of' })).toMatchObject({ type: 'no-parent' })
  expect(await left()).toEqual(before)
})

test('a job that is cancelled takes its children with it, and theirs, in whatever pool', async () => {
  const store = await newStore()
  await run(store, 'top')
  await run(store, 'other')
  await run(store, 'child', { parent: 'top/0', pool: 'q' })
  await run(store, 'grandchild', { parent: 'child/0' })
  await open(store, 'waiting', { parent: 'child/0' })
  await run(store, 'nephew', { parent: 'other/0' })
  await cancel(store, 'top')
  await rounds(store, 3)
  expect(await states(store, ['child', 'grandchild', 'waiting', 'other', 'nephew'])).toEqual([
    'cancelled',
    'cancelled',
    'cancelled',
    'running',
    'running',
  ])
  const view = await viewJob(store, 'grandchild')
  expect(JSON.parse(view?.record.error ?? '{}')).toMatchObject({ code: 'cancelled', message: 'its parent child has ended, or failed' })
})

test('many children go in several rounds, and new ones of the same item stay', async () => {
  const store = await newStore()
  const top = await run(store, 'top')
  const many = Array.from({ length: 450 }, (_, i) => `child${i}`)
  for (const id of many) await open(store, id, { parent: 'top/0', maxLive: 1000 })
  await settle(store, top, { again: [[0, 1]] })
  await open(store, 'new', { parent: 'top/0', maxLive: 1000 })
  const live = async () => (await states(store, many)).filter((state) => state !== 'cancelled').length
  expect(await live()).toBe(250)
  await rounds(store, 3)
  expect(await live()).toBe(0)
  expect(await states(store, ['new'])).toEqual(['waiting'])
})

test('one that succeeds leaves them', async () => {
  const store = await newStore()
  const top = await run(store, 'top')
  await run(store, 'child', { parent: 'top/0' })
  await settle(store, top, { ...part(0, false), final: true })
  await rounds(store, 2)
  expect(await states(store, ['top', 'child'])).toEqual(['succeeded', 'running'])
})

test('an item that fails, or gets another try, takes its own children, and those that are new stay', async () => {
  const store = await newStore()
  const top = await run(store, 'top', { items: 3 })
  for (const index of [0, 1, 2]) await run(store, `child${index}`, { parent: `top/${index}` })
  await settle(store, top, part(0, true))
  await rounds(store, 2)
  expect(await states(store, ['child0', 'child1', 'child2'])).toEqual(['cancelled', 'running', 'running'])
  await settle(store, top, { again: [[1, 2]] })
  // the next try has begun before any round
  await run(store, 'again1', { parent: 'top/1' })
  await rounds(store, 2)
  expect(await states(store, ['child1', 'again1', 'child2'])).toEqual(['cancelled', 'running', 'running'])
})

test('a settlement that is sent again ends nothing of the next try', async () => {
  const store = await newStore()
  const top = await run(store, 'top', { items: 2 })
  await settle(store, top, { again: [[1, 2]] })
  await run(store, 'again1', { parent: 'top/1' })
  await settle(store, top, { again: [[1, 2]] })
  await rounds(store, 2)
  expect(await states(store, ['again1'])).toEqual(['running'])
})

test('what a worker hands back runs elsewhere from its beginning: nobody waits for what it had submitted', async () => {
  const store = await newStore()
  const top = await run(store, 'top')
  await run(store, 'child', { parent: 'top/0' })
  await settle(store, top, { final: true })
  await rounds(store, 2)
  expect(await states(store, ['top', 'child'])).toEqual(['running', 'cancelled'])
})

test('so it is when a worker has vanished, and another takes its task', async () => {
  const store = await newStore()
  const { task } = await run(store, 'top')
  await run(store, 'child', { parent: 'top/0' })
  await claimTask(store, task, 'w')
  await rounds(store, 1)
  expect(await states(store, ['child'])).toEqual(['running'])
  await claimTask(store, task, 'another')
  await rounds(store, 2)
  expect(await states(store, ['top', 'child'])).toEqual(['running', 'cancelled'])
})

test('whoever dies between the end and the cascade loses nothing: the agenda has it', async () => {
  const orphaned = async (store: StoreContext) => {
    await run(store, 'top')
    await run(store, 'child', { parent: 'top/0' })
    // nobody hears of it
    await cancel(store, 'top')
    await rounds(store, 2)
    return states(store, ['child'])
  }
  expect(await orphaned(await newStore())).toEqual(['cancelled'])
  const mutant = mutatedScripts(new URL('./', import.meta.url), 'finish.lua', "fall_due('cascade', member, now)", 'local _ = nil')
  expect(await orphaned(await newStore(mutant))).toEqual(['running'])
})

test('of a family that is forgotten, in whatever order, no key is left', async () => {
  const store = await newStore()
  for (const order of [
    ['top', 'child'],
    ['child', 'top'],
  ]) {
    await run(store, 'top')
    await run(store, 'child', { parent: 'top/0' })
    await cancel(store, 'top')
    await rounds(store, 2)
    for (const id of order) expect(await forgetJob(store, id)).toBe('ok')
    expect([...(await keysOf(store, 'top')), ...(await keysOf(store, 'child'))]).toEqual([])
  }
})

test('one that is forgotten at once takes its children with it all the same', async () => {
  const store = await newStore()
  await run(store, 'top')
  await run(store, 'child', { parent: 'top/0' })
  await run(store, 'grandchild', { parent: 'child/0' })
  await cancel(store, 'top')
  expect(await forgetJob(store, 'top')).toBe('ok')
  await rounds(store, 2)
  expect(await states(store, ['child', 'grandchild'])).toEqual(['cancelled', 'cancelled'])
})

test('a child that outlives the record of its parent ends as any other', async () => {
  const store = await newStore()
  const top = await run(store, 'top')
  const child = await run(store, 'child', { parent: 'top/0' })
  await settle(store, top, { ...part(0, false), final: true })
  await forgetJob(store, 'top')
  await settle(store, child, { ...part(0, false), final: true })
  expect(await states(store, ['child'])).toEqual(['succeeded'])
  expect(await keysOf(store, 'top')).toEqual([])
})
