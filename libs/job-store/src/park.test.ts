import { blockOfLines, type Task } from '@manyhands/planning'
import { closeRedis, connectRedis, poolKey } from '@manyhands/redis'
import { eventually, namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Claim, claimTask } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { endEarly } from './end.ts'
import { heartbeat, putPool, readPool, registerFunctions } from './fleet.ts'
import { openJobs } from './open.ts'
import { keepTasks, parkTask, resumeTask } from './park.ts'
import { refeed, tick } from './reconcile.ts'
import { settleTask } from './settle.ts'
import { viewJob } from './view.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

/** A pool `p` of one process. */
async function newStore(): Promise<StoreContext> {
  const store = storeContext(redis, namespace(), 'default')
  await registerFunctions(store, [{ name: 'wait', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 1)
  await putPool(store, 'p', { processes: 1 })
  return store
}

async function open(store: StoreContext, id: string, fields: Record<string, string | number> = {}): Promise<Task[]> {
  const usual = { kind: 'apply', function: 'wait', wire: 'plain', results: 'keep', resultTtlMs: 60_000, attempts: 9 }
  const blocks = [blockOfLines([Buffer.from('[1]')])]
  const job = { id, fields: { ...usual, ...fields }, blocks, ended: true, hold: false, loaderMs: 0, idempotency: undefined }
  const reply = await openJobs(store, 'p', [job], { maxLive: 100, maxDepth: 8 })
  if (reply.type !== 'ok') throw new Error(reply.type)
  return reply.tasks
}

async function begin(store: StoreContext, [task]: Task[], worker = 'w'): Promise<{ task: Task; claim: Claim }> {
  const [claim] = (await claimTask(store, task as Task, worker)).claims
  if (!task || !claim) throw new Error('nothing to claim')
  return { task, claim }
}

async function settle(store: StoreContext, { task, claim: { job, chunk, attempt } }: { task: Task; claim: Claim }): Promise<Task[]> {
  const parts = [{ from: 0, to: 1, failed: 0, bytes: Buffer.from('{"failed":[]}\n1\n') }]
  const slice = { job, chunk, attempt, final: true, parts, failed: [], faults: [], again: [], delay: 0, itemUs: 1, cpuUs: 1 }
  return (await settleTask(store, task, 'b', [slice])).tasks
}

const jobsOf = (tasks: Task[]) => tasks.map(({ slices: [slice] }) => slice?.job)

test('a parked task gives its credit to the next, and gets it back before what has not begun', async () => {
  const store = await newStore()
  const parent = await begin(store, await open(store, 'parent'))
  expect(await open(store, 'child')).toEqual([])
  const handedOut = await parkTask(store, parent.task)
  expect(jobsOf(handedOut)).toEqual(['child'])
  expect(await readPool(store, 'p')).toMatchObject({ out: 1 })
  await open(store, 'late')
  expect(await resumeTask(store, parent.task)).toEqual({ goesOn: false, tasks: [] })
  expect(await settle(store, await begin(store, handedOut))).toEqual([])
  expect(await resumeTask(store, parent.task)).toEqual({ goesOn: true, tasks: [] })
  expect(jobsOf(await settle(store, parent))).toEqual(['late'])
})

test('whoever asked first goes on first; control tells which', async () => {
  const store = await newStore()
  const heard: string[] = []
  const subscriber = redis.duplicate()
  subscriber.on('message', (_, message) => heard.push(message))
  await subscriber.subscribe(`mh:{${store.group}}:control`)
  const first = await begin(store, await open(store, 'first'))
  await open(store, 'second')
  const second = await begin(store, await parkTask(store, first.task))
  await open(store, 'third')
  const third = await begin(store, await parkTask(store, second.task))
  expect((await resumeTask(store, second.task)).goesOn).toBe(false)
  expect((await resumeTask(store, first.task)).goesOn).toBe(false)
  await settle(store, third)
  await settle(store, second)
  await settle(store, first)
  await closeRedis(subscriber)
  expect(heard).toEqual([`resume ${second.task.id}`, `resume ${first.task.id}`])
})

test('in a paused pool nothing begins, and what was parked goes on', async () => {
  const store = await newStore()
  const parent = await begin(store, await open(store, 'parent'))
  await open(store, 'child')
  await putPool(store, 'p', { paused: true })
  expect(await parkTask(store, parent.task)).toEqual([])
  expect((await resumeTask(store, parent.task)).goesOn).toBe(true)
})

test('a parked task that ends, or is cancelled, leaves nothing behind', async () => {
  const store = await newStore()
  for (const id of ['ends', 'cancelled']) {
    const parent = await begin(store, await open(store, id))
    await parkTask(store, parent.task)
    if (id === 'cancelled') await endEarly(store, id, { state: 'cancelled', error: { name: 'E', code: 'cancelled', message: '' } })
    await settle(store, parent)
    expect(await redis.exists(poolKey(store.group, 'default', 'p', 'parked'))).toBe(0)
    expect(await redis.hexists(poolKey(store.group, 'default', 'p', 'record'), 'parks')).toBe(0)
    expect(await readPool(store, 'p')).toMatchObject({ out: 0 })
  }
})

test('a parked task that nobody keeps is handed out anew, one that is kept is not', async () => {
  const store = await newStore()
  const parent = await begin(store, await open(store, 'parent'))
  await parkTask(store, parent.task)
  const round = { everyMs: 1000, force: true, unclaimedMs: 60_000, claimedMs: -2 }
  const [suspect] = (await tick(store, round)).suspects
  expect(suspect).toMatchObject({ id: parent.task.id })
  await eventually(async () => Number((await redis.time()).join('').slice(0, 13)) > (suspect?.seenAt ?? 0))
  await keepTasks(store, [parent.task])
  expect(await refeed(store, suspect as never)).toEqual([])
  const [another] = (await tick(store, round)).suspects
  const anew = await refeed(store, another as never)
  expect(anew.map(({ slices: [slice] }) => slice)).toEqual([{ job: 'parent', chunk: '0', generation: 2 }])
  const again = await begin(store, anew, 'another')
  expect(again.claim).toMatchObject({ attempt: 2, vanished: 1 })
})

/** Opens jobs one by one, each of which is begun and parked before the next. Returns what the last one let begin. */
async function parkMany(store: StoreContext, name: string, count: number, fields: Record<string, string> = {}): Promise<Task[]> {
  let tasks = await open(store, `${name}-0`, fields)
  for (let i = 0; i < count; i++) {
    await open(store, `${name}-${i + 1}`, fields)
    tasks = await parkTask(store, (await begin(store, tasks)).task)
  }
  return tasks
}

test('while many wait for nested work nothing begins but what is deeper', async () => {
  const store = await newStore()
  expect(await parkMany(store, 'top', 16)).toEqual([])
  expect((await viewJob(store, 'top-16'))?.heldBack).toBe('pool-full')
  expect(jobsOf(await open(store, 'child', { parent: 'top-0/0', priority: -100 }))).toEqual(['child'])
})

test('so it is at each depth, also when few wait above', async () => {
  const store = await newStore()
  const [task] = await open(store, 'root')
  await parkTask(store, (await begin(store, [task as Task])).task)
  expect(await parkMany(store, 'child', 16, { parent: 'root/0' })).toEqual([])
  expect((await viewJob(store, 'child-16'))?.heldBack).toBe('pool-full')
})
