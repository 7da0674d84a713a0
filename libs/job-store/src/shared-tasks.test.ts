import { blockOfLines, type Task } from '@manyhands/planning'
import { closeRedis, connectRedis, jobKey, poolKey } from '@manyhands/redis'
import { mutatedScripts, namespace, testRedis } from '@manyhands/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Claim, claimTask } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { endEarly } from './end.ts'
import { heartbeat, putPool, registerFunctions } from './fleet.ts'
import { openJobs } from './open.ts'
import { refeed, tick } from './reconcile.ts'
import { type SliceSettlement, settleTask } from './settle.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

const credit = 2
const error = { name: 'ManyhandsError', code: 'cancelled', message: 'enough' } as const

interface Holder {
  task: Task
  claims: Claim[]
  /** Settlements whose answer was lost. */
  sent: SliceSettlement[][]
}

/** Fast calls of one pool, so that a task has several slices, each of another job. */
class World {
  readonly store: StoreContext
  jobs: string[] = []
  queue: Task[] = []
  all: Task[] = []
  holders: Holder[] = []
  constructor(store: StoreContext) {
    this.store = store
  }

  take(tasks: Task[]): void {
    this.queue.push(...tasks.filter((task) => !this.queue.some((queued) => queued.id === task.id)))
    this.all.push(...tasks)
  }
}

async function newWorld(folder: string | undefined): Promise<World> {
  const store = storeContext(redis, namespace(), 'default', folder)
  const names = ['fast', 'slow']
  await registerFunctions(
    store,
    names.map((name) => ({ name, json: '{"policy":{}}' })),
  )
  await redis.hset(`mh:{${store.group}}:function-times`, 'fast', '10.000 100', 'slow', '900000.000 100')
  await heartbeat(store, 'w', '{}', credit)
  await putPool(store, 'p', { processes: credit })
  return new World(store)
}

type Move = (world: World) => Promise<void>
const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

const openMove =
  (count: number, slow: boolean): Move =>
  async (world) => {
    const fields = { kind: 'apply', function: slow ? 'slow' : 'fast', wire: 'plain', results: 'keep', resultTtlMs: 60_000, attempts: 1000 }
    const block = blockOfLines([Buffer.from('[1]')])
    const ids = Array.from({ length: count }, (_, i) => `j${world.jobs.length + i}`)
    const jobs = ids.map((id) => ({ id, fields, blocks: [block], ended: true, hold: false, loaderMs: 0 }))
    const reply = await openJobs(world.store, 'p', jobs, { maxLive: 1000 })
    if (reply.type !== 'ok') throw new Error(reply.type)
    world.jobs.push(...ids)
    world.take(reply.tasks)
  }

const claimMove =
  (at: number, fresh: boolean): Move =>
  async (world) => {
    const task = fresh ? world.queue.shift() : pick(world.all, at)
    if (!task) return
    const reply = await claimTask(world.store, task, `w${world.holders.length}`)
    world.take(reply.tasks)
    world.holders.push({ task, claims: reply.claims.filter((claim) => claim !== undefined), sent: [] })
  }

function settlementOf({ job, chunk, attempt, todo }: Claim, again: boolean): SliceSettlement {
  const bytes = Buffer.from('{"failed":[]}\n1\n')
  const parts = again || todo.length === 0 ? [] : [{ from: 0, to: 1, failed: 0, bytes }]
  const runs: [number, number][] = again && todo.length > 0 ? [[0, 1]] : []
  return { job, chunk, attempt, final: true, parts, failed: [], faults: [], again: runs, delay: 0, itemUs: 10, cpuUs: 10 }
}

/** `lost`: the answer does not arrive. `count`: a worker may settle some slices of its task before the others. */
const settleMove =
  (at: number, count: number, again: boolean, lost: boolean): Move =>
  async (world) => {
    const holder = pick(world.holders, at)
    const claims = holder?.claims.splice(0, count) ?? []
    if (!holder || claims.length === 0) return
    const settlements = claims.map((claim) => settlementOf(claim, again))
    const reply = await settleTask(world.store, holder.task, 'b', settlements)
    if (lost) holder.sent.push(settlements)
    else world.take(reply.tasks)
  }

const resendMove =
  (at: number): Move =>
  async (world) => {
    const holder = pick(world.holders, at)
    const settlements = holder?.sent.shift()
    if (holder && settlements) world.take((await settleTask(world.store, holder.task, 'b', settlements)).tasks)
  }

const cancelMove =
  (at: number): Move =>
  async (world) => {
    const job = pick(world.jobs, at)
    if (job) world.take((await endEarly(world.store, job, { state: 'cancelled', error })) ?? [])
  }

/** The reconciler finds tasks that are in no queue. */
const reconcileMove: Move = async (world) => {
  const reply = await tick(world.store, { everyMs: 1000, force: true, unclaimedMs: -1, claimedMs: -1 })
  world.take(reply.tasks)
  for (const suspect of reply.suspects) world.take(await refeed(world.store, suspect))
}

const small = fc.nat({ max: 7 })
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.boolean()).map(([count, slow]) => openMove(count, slow)) },
  { weight: 5, arbitrary: fc.tuple(small, fc.boolean()).map(([at, fresh]) => claimMove(at, fresh)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(small, fc.integer({ min: 1, max: 9 }), fc.boolean(), fc.boolean())
      .map(([at, count, again, lost]) => settleMove(at, count, again, lost)),
  },
  { weight: 2, arbitrary: small.map(resendMove) },
  { weight: 1, arbitrary: fc.nat({ max: 30 }).map(cancelMove) },
  { weight: 1, arbitrary: fc.constant(reconcileMove) },
)

/** Where the one item of a call is: yet to be handed out, in a live chunk, in a part; nowhere after a cancel. */
async function placesOf({ store }: World, job: string) {
  const key = (name: 'record' | 'chunks' | 'order') => jobKey(store.group, store.tenant, job, name)
  const [state, fed] = await redis.hmget(key('record'), 'state', 'fed')
  const places = (Number(fed ?? 0) === 0 ? 1 : 0) + (await redis.hlen(key('chunks'))) + (await redis.zcard(key('order')))
  return { state, places, parts: await redis.zcard(key('order')) }
}

async function expectSound(world: World): Promise<void> {
  for (const job of world.jobs) {
    const { state, places, parts } = await placesOf(world, job)
    if (state === 'succeeded') expect([job, parts]).toEqual([job, 1])
    else if (state !== 'cancelled') expect([job, places]).toEqual([job, 1])
  }
  expect(await redis.hlen(poolKey(world.store.group, world.store.tenant, 'p', 'out'))).toBeLessThanOrEqual(credit)
}

/** Healthy workers finish what is left, however it was left. */
async function finishAll(world: World): Promise<void> {
  for (let round = 0; round < 60; round++) {
    await reconcileMove(world)
    while (world.queue.length > 0) {
      await claimMove(0, true)(world)
      await settleMove(world.holders.length - 1, 1000, false, false)(world)
    }
    const states = await Promise.all(world.jobs.map(async (job) => (await placesOf(world, job)).state))
    if (states.every((state) => state === 'succeeded' || state === 'cancelled')) return
  }
  throw new Error('the calls do not end')
}

async function holds(folder?: string, numRuns = 40): Promise<void> {
  const property = fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
    const world = await newWorld(folder)
    for (const step of moves) {
      await step(world)
      await expectSound(world)
    }
    await finishAll(world)
    await expectSound(world)
    expect(await redis.hlen(poolKey(world.store.group, world.store.tenant, 'p', 'out'))).toBe(0)
  })
  await fc.assert(property, { numRuns, endOnFailure: true })
}

describe('calls that share tasks, in Redis', () => {
  test('each call is in one place and ends once; no credit is lost', () => holds(), 60_000)

  test.each([
    ['credit comes back while slices are still to be claimed', 'task.lua', "if slice[4] ~= 'd' then", "if slice[4] == 'c' then"],
    ['a settled task keeps its credit', 'settle.lua', 'if task then write_task(tenant, pool, id, task) end', ''],
  ])(
    'mutant: %s',
    async (_, file, from, to) => {
      await expect(holds(mutatedScripts(new URL('.', import.meta.url), file, from, to), 200)).rejects.toThrow()
    },
    60_000,
  )
})
