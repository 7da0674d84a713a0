import { brokenRule, type ChunkModel, claim, countRuns, type JobModel, type Run, settle, type Task } from '@manyhands/planning'
import { closeRedis, connectRedis, jobKey, poolKey } from '@manyhands/redis'
import { mutatedScripts, namespace, testRedis } from '@manyhands/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendBlocks } from './append.ts'
import { type Claim, claimTask, readRange } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { closeInput } from './end.ts'
import { heartbeat, registerFunctions } from './fleet.ts'
import { openJobs } from './open.ts'
import { readParts } from './read.ts'
import { refeed, tick } from './reconcile.ts'
import { type SliceSettlement, settleTask } from './settle.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

/** A worker that holds a claim, maybe an old one; `sent` are settlements whose answer may have been lost. */
interface Holder {
  task: Task
  claim: Claim
  done: number
  sent: SliceSettlement[]
}

/** One job in Redis, the tasks that were told to be queued, and whoever claimed them. */
class World {
  queue: Task[] = []
  all: Task[] = []
  holders: Holder[] = []
  total = 0
  readonly store: StoreContext
  readonly job: string
  constructor(store: StoreContext, job: string) {
    this.store = store
    this.job = job
  }

  /** As BullMQ: an id that is queued is ignored. */
  take(tasks: Task[]): void {
    this.queue.push(...tasks.filter((task) => !this.queue.some((queued) => queued.id === task.id)))
    this.all.push(...tasks)
  }
}

const line = (i: number) => `${i}\n`
function blockOf(from: number, count: number) {
  const lines = Array.from({ length: count }, (_, i) => line(from + i))
  const offsets = lines.flatMap((_, i) => (i % 16 === 0 ? [lines.slice(0, i).join('').length] : []))
  return { text: Buffer.from(lines.join('')), count, table: Buffer.from(Uint32Array.from(offsets).buffer) }
}

async function newWorld(first: number, chunkSize: number, folder: string | undefined): Promise<World> {
  const group = namespace()
  const store = storeContext(redis, group, 'default', folder)
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 2)
  const world = new World(store, `${group}~job`)
  const fields = { kind: 'map', function: 'f', wire: 'plain', results: 'keep', resultTtlMs: 60_000, chunkSize, attempts: 1000 }
  const blocks = first > 0 ? [blockOf(0, first)] : []
  const opened = await openJobs(store, 'default', [{ id: world.job, fields, blocks, ended: false, hold: false, loaderMs: 60_000 }], {
    maxLive: 10,
  })
  if (opened.type !== 'ok') throw new Error(opened.type)
  world.total = first
  world.take(opened.tasks)
  return world
}

/** The job in Redis as the pure model sees it. */
async function modelOf(world: World): Promise<JobModel> {
  const { group, tenant } = world.store
  const record = await redis.hgetall(jobKey(group, tenant, world.job, 'record'))
  const unpack =
    "local r = redis.call('HVALS', KEYS[1]); local k = redis.call('HKEYS', KEYS[1]); local t = {}; for i, v in ipairs(r) do t[i] = { k[i], cmsgpack.unpack(v) } end; return cjson.encode(t)"
  const chunks = JSON.parse(String(await redis.eval(unpack, 1, jobKey(group, tenant, world.job, 'chunks')))) as [
    string,
    { a: number; g: number; t: number; d: number[] },
  ][]
  const members = await redis.zrange(jobKey(group, tenant, world.job, 'order'), '0', '-1')
  const asChunk = ({ a, g, t, d }: { a: number; g: number; t: number; d: number[] | object }): ChunkModel => {
    const flat = Array.isArray(d) ? d : []
    return { attempt: a, generation: g, tries: t, todo: flat.flatMap((from, i): Run[] => (i % 2 === 0 ? [[from, flat[i + 1] ?? 0]] : [])) }
  }
  const live = Array.isArray(chunks) ? chunks : []
  return {
    total: Number(record.total ?? 0),
    inputEnded: record.input === 'ended',
    fed: Number(record.fed ?? 0),
    chunks: new Map(live.map(([chunk, r]) => [Number(chunk), asChunk(r)])),
    nextChunk: Number(record.nextChunk ?? 0),
    parts: members.map((member): Run => [Number(member.split(':')[1]), Number(member.split(':')[2])]),
    failed: Number(record.failed ?? 0),
    state: record.state === 'succeeded' || record.state === 'failed' || record.state === 'cancelled' ? record.state : 'live',
  }
}

type Move = (world: World) => Promise<void>
const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)]

const appendMove =
  (count: number): Move =>
  async (world) => {
    const reply = await appendBlocks(world.store, world.job, [blockOf(world.total, count)], {
      offset: world.total,
      loaderMs: 60_000,
      window: 1e9,
    })
    if (reply.type !== 'stored') return
    world.total = reply.total
    world.take(reply.tasks)
  }

/** Any task that was ever handed out may be delivered: BullMQ delivers again after a stall, and an answer may come late. */
const claimMove =
  (at: number, fresh: boolean): Move =>
  async (world) => {
    const task = fresh ? world.queue.shift() : pick(world.all, at)
    if (!task) return
    const before = await modelOf(world)
    const { claims, tasks } = await claimTask(world.store, task, `w${world.holders.length}`)
    world.take(tasks)
    const [claimed] = claims
    if (!claimed) return
    const text = Buffer.concat(await Promise.all(claimed.ranges.map((range) => readRange(world.store, range)))).toString()
    expect(text).toBe(claimed.todo.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => line(from + i))).join(''))
    const expected = claim(before, Number(claimed.chunk)).chunks.get(Number(claimed.chunk))
    // a chunk whose todo ran empty in a step is gone for the model; in Redis it stands until its worker is through
    if (expected) expect([claimed.attempt, claimed.todo]).toEqual([expected.attempt, expected.todo])
    else expect(claimed.todo).toEqual([])
    world.holders.push({ task, claim: claimed, done: 0, sent: [] })
  }

function nothingLeft({ claim: { job, chunk, attempt } }: Holder): SliceSettlement {
  return { job, chunk, attempt, final: true, parts: [], failed: [], faults: [], again: [], delay: 0, itemUs: 0, cpuUs: 0 }
}

function settlementOf(holder: Holder, piece: number, again: boolean, final: boolean): SliceSettlement | undefined {
  const flat = holder.claim.todo.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)).slice(holder.done)
  const first = flat[0]
  if (first === undefined) return undefined
  let to = first + 1
  while (to - first < piece && flat[to - first] === to) to++
  const lines = Buffer.from(
    `{"runs":[[${first},${to}]],"failed":[],"bytes":0}\n${Array.from({ length: to - first }, (_, i) => line(first + i)).join('')}`,
  )
  const { job, chunk, attempt } = holder.claim
  const parts = again ? [] : [{ from: first, to, failed: 0, bytes: lines }]
  return { job, chunk, attempt, final, parts, failed: [], faults: [], again: again ? [[first, to]] : [], delay: 0, itemUs: 10, cpuUs: 10 }
}

/** `lost`: the answer does not arrive, so what it handed out is not queued by this caller, and the holder sends again later. */
const settleMove =
  (at: number, piece: number, again: boolean, final: boolean, lost: boolean): Move =>
  async (world) => {
    const holder = pick(world.holders, at)
    const settlement = holder && settlementOf(holder, piece, again, final)
    if (!holder || !settlement) return
    const before = await modelOf(world)
    const reply = await settleTask(world.store, holder.task, 'b', [settlement])
    const done = settlement.parts.map((part): Run => [part.from, part.to])
    const expected = settle(before, {
      chunk: Number(settlement.chunk),
      attempt: settlement.attempt,
      done,
      failed: 0,
      again: settlement.again,
    })
    expect(countRuns((await modelOf(world)).parts)).toBe(countRuns(expected.parts))
    if (!lost) world.take(reply.tasks)
    if (lost) holder.sent.push(settlement)
    else holder.done += countRuns([...done, ...settlement.again])
  }

const resendMove =
  (at: number): Move =>
  async (world) => {
    const settlement = pick(world.holders, at)?.sent.shift()
    const holder = pick(world.holders, at)
    if (!settlement || !holder) return
    const before = countRuns((await modelOf(world)).parts)
    const reply = await settleTask(world.store, holder.task, 'b', [settlement])
    expect(countRuns((await modelOf(world)).parts)).toBe(before)
    world.take(reply.tasks)
    holder.done += countRuns([...settlement.parts.map((part): Run => [part.from, part.to]), ...settlement.again])
  }

/** The reconciler finds tasks that are in no queue. */
const reconcileMove = (): Move => async (world) => {
  const reply = await tick(world.store, { everyMs: 1000, force: true, unclaimedMs: -1, claimedMs: -1 })
  world.take(reply.tasks)
  for (const suspect of reply.suspects) world.take(await refeed(world.store, suspect))
}

const small = fc.nat({ max: 5 })
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map(appendMove) },
  { weight: 5, arbitrary: fc.tuple(small, fc.boolean()).map(([at, fresh]) => claimMove(at, fresh)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(small, fc.integer({ min: 1, max: 9 }), fc.boolean(), fc.boolean(), fc.boolean())
      .map(([at, piece, again, final, lost]) => settleMove(at, piece, again, final, lost)),
  },
  { weight: 2, arbitrary: small.map(resendMove) },
  { weight: 1, arbitrary: fc.constant(0).map(reconcileMove) },
)

async function expectSound(world: World): Promise<void> {
  const model = await modelOf(world)
  expect(brokenRule(model)).toBeUndefined()
  expect(model.total).toBe(world.total)
  const { group, tenant } = world.store
  expect(await redis.hlen(poolKey(group, tenant, 'default', 'out'))).toBeLessThanOrEqual(4)
}

/** Healthy workers finish what is left, however it was left. */
async function finishAll(world: World): Promise<void> {
  await closeInput(world.store, world.job)
  for (let round = 0; round < 500; round++) {
    await reconcileMove()(world)
    while (world.queue.length > 0) {
      await claimMove(0, true)(world)
      const holder = world.holders.at(-1)
      if (!holder) continue
      const settlement = settlementOf(holder, 1000, false, true) ?? nothingLeft(holder)
      world.take((await settleTask(world.store, holder.task, 'b', [settlement])).tasks)
    }
    if ((await modelOf(world)).state !== 'live') return
  }
  throw new Error('the job does not end')
}

/** Random moves, then healthy workers: sound after each move, and one result for each item at the end. */
async function holds(folder?: string, numRuns = 60): Promise<void> {
  const property = fc.asyncProperty(
    fc.nat({ max: 30 }),
    // 0: the engine chooses
    fc.integer({ min: 0, max: 12 }),
    fc.array(move, { maxLength: 40 }),
    async (first, chunkSize, moves) => {
      const world = await newWorld(first, chunkSize, folder)
      for (const step of moves) {
        await step(world)
        await expectSound(world)
      }
      await finishAll(world)
      const model = await modelOf(world)
      expect([model.state, countRuns(model.parts), brokenRule(model)]).toEqual(['succeeded', world.total, undefined])
      const read = await readParts(world.store, world.job, { order: 'input', after: 0, maxBytes: 1e9, reader: 'r', leaseMs: 1000 })
      const lines =
        read.type === 'parts' ? read.parts.map((part) => part.bytes.subarray(part.bytes.indexOf(10) + 1).toString()).join('') : ''
      expect(lines).toBe(Array.from({ length: world.total }, (_, i) => line(i)).join(''))
    },
  )
  await fc.assert(property, { numRuns, endOnFailure: true })
}

describe('where an item is, in Redis', () => {
  test(
    'each index is in exactly one place under crashes, duplicates, lost replies and retries, and every item gets one result',
    () => holds(),
    60_000,
  )

  test.each([
    ['a stale attempt may settle', 'settle.lua', 'chunk.a ~= slice.attempt', 'false'],
    ['a settlement counts what it did not move', 'settle.lua', 'if taken < to - from then resent = true; return false end', ''],
    ['a claim does not take over', 'claim.lua', 'chunk.a = chunk.a + 1', 'chunk.a = math.max(1, chunk.a)'],
    ['an unfinished slice is not handed back', 'settle.lua', 'if #chunk.d > 0 then hand_back(record, slice.job, chunk) end', ''],
    ['a lost task is forgotten', 'refeed.lua', "redis.call('LPUSH', job_key(tenant, job, 'again'), chunk)", ''],
  ])(
    'mutant: %s',
    async (_, file, from, to) => {
      await expect(holds(mutatedScripts(new URL('.', import.meta.url), file, from, to), 300)).rejects.toThrow()
    },
    60_000,
  )
})
