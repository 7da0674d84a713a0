import { blockOfLines, type Task } from '@manyhands/planning'
import { closeRedis, connectRedis, jobKey, poolKey } from '@manyhands/redis'
import { namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Claim, claimTask } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { endEarly, forgetJob } from './end.ts'
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

const cancelled = { name: 'ManyhandsError', code: 'cancelled', message: 'enough' } as const
const round = { everyMs: 1000, force: true, unclaimedMs: 60_000, claimedMs: 60_000 }

/** A pool `p` of so many processes, and functions `fast` and `slow` that were measured. */
async function newStore(processes: number): Promise<StoreContext> {
  const store = storeContext(redis, namespace(), 'default')
  await registerFunctions(
    store,
    ['fast', 'slow'].map((name) => ({ name, json: '{"policy":{}}' })),
  )
  await redis.hset(`mh:{${store.group}}:function-times`, 'fast', '10.000 100', 'slow', '900000.000 100')
  await heartbeat(store, 'w', '{}', processes)
  await putPool(store, 'p', { processes })
  return store
}

interface Wanted {
  function?: string
  items?: number
  fields?: Record<string, string | number>
  idempotency?: { key: string; fingerprint: string }
  ended?: boolean
}

async function open(store: StoreContext, id: string, { function: name = 'slow', items = 1, ...more }: Wanted = {}): Promise<Task[]> {
  const fields = { kind: 'apply', function: name, wire: 'plain', results: 'keep', resultTtlMs: 60_000, attempts: 9, ...more.fields }
  const blocks = [blockOfLines(Array.from({ length: items }, () => Buffer.from('[1]')))]
  const job = { id, fields, blocks, ended: more.ended ?? true, hold: false, loaderMs: 0, idempotency: more.idempotency }
  const reply = await openJobs(store, 'p', [job], { maxLive: 100 })
  if (reply.type !== 'ok') throw new Error(reply.type)
  return reply.tasks
}

async function claimOne(store: StoreContext, task: Task | undefined, worker = 'w'): Promise<Claim> {
  const [claim] = (await claimTask(store, task as Task, worker)).claims
  if (!claim) throw new Error('nothing to claim')
  return claim
}

function settlement({ job, chunk, attempt }: Claim, more: Partial<SliceSettlement> = {}): SliceSettlement {
  const parts = [{ from: 0, to: 1, failed: 0, bytes: Buffer.from('{"failed":[]}\n1\n') }]
  return { job, chunk, attempt, final: true, parts, failed: [], faults: [], again: [], delay: 0, itemUs: 1, cpuUs: 1, ...more }
}

test('fast calls share a task, a slow one among them has its own', async () => {
  const store = await newStore(1)
  const [first] = await open(store, 'first')
  for (const [id, name] of [
    ['a', 'fast'],
    ['b', 'fast'],
    ['c', 'slow'],
    ['d', 'fast'],
  ] as const)
    await open(store, id, { function: name })
  const { tasks } = await settleTask(store, first as Task, 'b', [settlement(await claimOne(store, first))])
  expect(tasks.map((task) => task.slices.map(({ job }) => job))).toEqual([['a', 'b']])
})

test('a chunk that was thought lost and is settled all the same is not handed out again', async () => {
  const store = await newStore(2)
  const [lost, other] = await open(store, 'a', { items: 3, fields: { kind: 'map', chunkSize: 1 } })
  const [zombie, claim] = [await claimOne(store, lost), await claimOne(store, other)]
  const seenAt = await seenWhen(store, lost?.id)
  // no credit is left for what the reconciler gives back
  await putPool(store, 'p', { processes: 1 })
  expect(await refeed(store, { tenant: 'default', pool: 'p', id: lost?.id ?? '', seenAt })).toEqual([])
  expect((await settleTask(store, lost as Task, 'b', [settlement(zombie)])).answers).toEqual(['ok'])
  const parts = [{ from: 1, to: 2, failed: 0, bytes: Buffer.from('{"failed":[]}\n1\n') }]
  const { answers, tasks } = await settleTask(store, other as Task, 'b', [settlement(claim, { parts })])
  expect([answers, tasks.map(({ id }) => id)]).toEqual([['ok'], ['a-2-1']])
})

/** The first of ten items is settled, `ms` after the chunk was claimed; then the worker is through. */
async function splitAfter(ms: number, fields = {}) {
  const store = await newStore(2)
  await redis.hset(`mh:{${store.group}}:function-times`, 'slow', '1.000 100')
  const [task] = await open(store, 'a', { items: 10, fields: { kind: 'map', ...fields }, ended: false })
  const claim = await claimOne(store, task)
  await claimedBefore(store, task as Task, ms)
  const first = await settleTask(store, task as Task, 'b', [settlement(claim, { final: false, itemUs: 150_000 })])
  const second = await settleTask(store, task as Task, 'b', [settlement(claim, { parts: [] })])
  return [...first.answers, ...second.tasks.map(({ id }) => id)]
}

test('the rest of a chunk far over its budget is asked for while processes are idle, and shared', async () => {
  expect(await splitAfter(300)).toEqual(['split', 'a-1-1', 'a-2-1'])
})

test('a chunk within its budget, or of a size that the caller chose, is left whole', async () => {
  expect((await splitAfter(0))[0]).toBe('ok')
  expect(await splitAfter(300, { chunkSize: 10 })).toEqual(['ok', 'a-1-1'])
})

test('a claim that the same worker sends twice is no death; one of another worker is', async () => {
  const store = await newStore(1)
  const [task] = await open(store, 'a')
  expect((await claimOne(store, task, 'w1')).vanished).toBe(0)
  expect((await claimOne(store, task, 'w1')).vanished).toBe(0)
  expect((await claimOne(store, task, 'w2')).vanished).toBe(1)
})

test('a claim that finds nothing frees its credit for the next job', async () => {
  const store = await newStore(1)
  const [task] = await open(store, 'a')
  const claim = await claimOne(store, task)
  await open(store, 'b')
  await endEarly(store, 'a', { state: 'cancelled', error: cancelled })
  // delivered again, after a stall
  const { claims, tasks } = await claimTask(store, task as Task, 'w2')
  expect([claims, tasks.map(({ id }) => id)]).toEqual([[undefined], ['b-0-1']])
  expect(claim.attempt).toBe(1)
})

test('a settlement whose answer was lost is answered with the tasks it had brought, also when it ended its job', async () => {
  const store = await newStore(1)
  const [task] = await open(store, 'a')
  const mine = settlement(await claimOne(store, task))
  await open(store, 'b')
  await settleTask(store, task as Task, 'b', [mine])
  const again = await settleTask(store, task as Task, 'b', [mine])
  expect([again.answers, again.tasks.map(({ id }) => id)]).toEqual([['ended'], ['b-0-1']])
})

test('a retry that is due goes with its job: a new job under the same id is handed out once', async () => {
  const store = await newStore(4)
  const [task] = await open(store, 'own')
  await settleTask(store, task as Task, 'b', [settlement(await claimOne(store, task), { parts: [], again: [[0, 1]], delay: 1 })])
  await endEarly(store, 'own', { state: 'cancelled', error: cancelled })
  expect(await forgetJob(store, 'own')).toBe('ok')
  expect(await redis.zcard(`mh:{${store.group}}:agenda`)).toBe(0)
})

test('results=once: input alone, however much, does not hold a job back', async () => {
  const store = await newStore(1)
  const line = Buffer.from(`1${' '.repeat(1 << 20)}`)
  const fields = { kind: 'map', function: 'slow', wire: 'plain', results: 'once', resultTtlMs: 60_000 }
  const blocks = Array.from({ length: 66 }, () => blockOfLines([line]))
  const job = { id: 'large', fields, blocks, ended: true, hold: false, loaderMs: 0 }
  expect(await openJobs(store, 'p', [job], { maxLive: 9 })).toMatchObject({ type: 'ok', tasks: [{ id: 'large-0-1' }] })
})

test('an Idempotency-Key goes with its job, and with an upload whose loader was lost', async () => {
  const store = await newStore(1)
  const key = `mh:{${store.group}}:default:idempotency:k`
  const idempotency = { key: 'k', fingerprint: 'f' }
  await open(store, 'a', { idempotency })
  expect(await redis.get(key)).toBe('f a')
  await endEarly(store, 'a', { state: 'cancelled', error: cancelled })
  expect(await redis.get(key)).toBe('f a')
  await forgetJob(store, 'a')
  expect(await redis.get(key)).toBeNull()
  // a loader lease of 0 ms
  await open(store, 'b', { idempotency, ended: false })
  await tick(store, round)
  expect(await redis.get(key)).toBeNull()
  expect(await redis.hget(jobKey(store.group, 'default', 'b', 'record'), 'error')).toContain('input-aborted')
})

test('news of an end bring no result where none is kept', async () => {
  const store = await newStore(1)
  const [task] = await open(store, 'a', { fields: { results: 'discard' } })
  const claim = await claimOne(store, task)
  const heard: string[] = []
  const subscriber = connectRedis(redisServer.url, 'subscriber', () => undefined)
  await subscriber.subscribe(`mh:{${store.group}}:wake`)
  subscriber.on('message', (_, text: string) => heard.push(text))
  await settleTask(store, task as Task, 'b', [settlement(claim, { parts: [{ from: 0, to: 1, failed: 0, bytes: Buffer.alloc(0) }] })])
  // a message of our own comes behind all others
  await new Promise<void>((resolve) => {
    subscriber.on('message', (_, text: string) => text === 'last' && resolve())
    void redis.publish(`mh:{${store.group}}:wake`, 'last')
  })
  await closeRedis(subscriber)
  expect(heard).toContain('default a end')
})

test('a job whose retries wait in ten windows is fed no more, and says so', async () => {
  const store = await newStore(1)
  let [task] = await open(store, 'a', { items: 20, fields: { kind: 'map', chunkSize: 1 } })
  for (let i = 0; task; i++) {
    expect(i).toBeLessThan(12)
    const again: [number, number][] = [[i, i + 1]]
    ;[task] = (await settleTask(store, task, 'b', [settlement(await claimOne(store, task), { parts: [], again, delay: 60_000 })])).tasks
  }
  expect(await viewJob(store, 'a')).toMatchObject({ record: { due: '11', fed: '11' }, heldBack: 'retry' })
})

test.each([
  [1, 'succeeded'],
  [2, 'failed'],
])('of 2 items, of which half may fail, %i failed: %s', async (failed, state) => {
  const store = await newStore(1)
  const [task] = await open(store, 'a', { items: 2, fields: { kind: 'map', chunkSize: 2, maxFailures: '50%' } })
  const parts = [{ from: 0, to: 2, failed, bytes: Buffer.from('{"failed":[]}\n1\n1\n') }]
  await settleTask(store, task as Task, 'b', [settlement(await claimOne(store, task), { parts })])
  expect((await viewJob(store, 'a'))?.record.state).toBe(state)
})

test('a worker that is not heard of any more counts no more', async () => {
  const store = await newStore(2)
  await heartbeat(store, 'silent', '{}', 5)
  const capacity = () => redis.get(`mh:{${store.group}}:capacity`)
  expect(await capacity()).toBe('7')
  await redis.zadd(`mh:{${store.group}}:workers-seen`, 1, 'silent')
  await tick(store, round)
  expect(await capacity()).toBe('2')
})

/** As the reconciler sees a task that is out. */
async function seenWhen(store: StoreContext, id = ''): Promise<number> {
  const { suspects } = await tick(store, { ...round, claimedMs: -1, unclaimedMs: -1 })
  return suspects.find((suspect) => suspect.id === id)?.seenAt ?? 0
}

/** Time has passed since the claim of the task. */
async function claimedBefore(store: StoreContext, task: Task, ms: number): Promise<void> {
  const older =
    "local task = cmsgpack.unpack(redis.call('HGET', KEYS[1], ARGV[1])); task.c = task.c - ARGV[2]; redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack(task))"
  await redis.eval(older, 1, poolKey(store.group, 'default', task.pool, 'out'), task.id, ms)
}
