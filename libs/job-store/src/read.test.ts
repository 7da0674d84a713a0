import { blockOfLines } from '@manyhands/planning'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { namespace, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimTask } from './claim.ts'
import { type StoreContext, storeContext } from './context.ts'
import { endEarly } from './end.ts'
import { heartbeat, registerFunctions } from './fleet.ts'
import { openJobs } from './open.ts'
import { positionOf, readParts } from './read.ts'
import { settleTask } from './settle.ts'

const redisServer = testRedis()
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(redisServer.url, 'store', () => undefined)
})
afterAll(() => closeRedis(redis))

const error = { name: 'ManyhandsError', code: 'cancelled', message: 'enough' } as const
const job = 'g~job'

/** A job of one chunk, of which the items `ran` are settled, each a part of its own. */
async function jobWhere(total: number, ran: number[], lineBytes = 1, results = 'keep'): Promise<StoreContext> {
  const store = storeContext(redis, namespace(), 'default')
  await registerFunctions(store, [{ name: 'f', json: '{"policy":{}}' }])
  await heartbeat(store, 'w', '{}', 1)
  const fields = { kind: 'map', function: 'f', wire: 'plain', results, resultTtlMs: 60_000, chunkSize: total, attempts: 1 }
  const blocks = [blockOfLines(Array.from({ length: total }, () => Buffer.from('0')))]
  const opened = await openJobs(store, 'default', [{ id: job, fields, blocks, ended: true, hold: false, loaderMs: 0 }], { maxLive: 10 })
  const [task] = opened.type === 'ok' ? opened.tasks : []
  if (!task) throw new Error('no task')
  const { claims } = await claimTask(store, task, 'w')
  const [claim] = claims
  if (!claim) throw new Error('no claim')
  const bytes = Buffer.from(`{"failed":[]}\n"${'x'.repeat(lineBytes)}"\n`)
  const parts = ran.map((from) => ({ from, to: from + 1, failed: 0, bytes }))
  const { chunk, attempt } = claim
  const settlement = { job, chunk, attempt, final: false, parts, failed: [], faults: [], again: [], delay: 0, itemUs: 1, cpuUs: 1 }
  await settleTask(store, task, 'b', [settlement])
  return store
}

async function read(store: StoreContext, after: number, maxBytes = 1 << 20) {
  const reply = await readParts(store, job, { order: 'input', after, maxBytes, reader: 'r', leaseMs: 1000 })
  if (reply.type !== 'parts') throw new Error(reply.type)
  return { from: reply.parts.map((part) => part.from), complete: reply.complete }
}

test('behind a gap is read only once the job has ended, and then to the last part', async () => {
  const store = await jobWhere(10, [0, 1, 4, 8])
  expect(await read(store, 0)).toEqual({ from: [0, 1], complete: false })
  expect(await read(store, 2)).toEqual({ from: [], complete: false })
  await endEarly(store, job, { state: 'cancelled', error })
  expect(await read(store, 0)).toEqual({ from: [0, 1, 4, 8], complete: true })
  expect(await read(store, 2)).toEqual({ from: [4, 8], complete: true })
  // one part is always answered
  expect(await read(store, 2, 1)).toEqual({ from: [4], complete: false })
  expect(await read(store, 9)).toEqual({ from: [], complete: true })
})

test('lines are counted over gaps, also over many pages of parts', async () => {
  const ran = Array.from({ length: 1100 }, (_, i) => 2 * i)
  const store = await jobWhere(2200, ran)
  // nobody has read over a gap yet
  expect(await positionOf(store, job, 700)).toBe(700)
  await endEarly(store, job, { state: 'cancelled', error })
  for (const lines of [1, 99, 100, 101, 600, 1099, 1100, 1200]) {
    const rest = await read(store, await positionOf(store, job, lines))
    expect(rest.from).toEqual(ran.slice(lines))
  }
})

test('results=once: over gaps, too, what lies far behind the reader is freed, and what it has not read stays', async () => {
  const store = await jobWhere(20, [0, 3, 6, 9, 12, 15], 3 << 20, 'once')
  await endEarly(store, job, { state: 'cancelled', error })
  const all: number[] = []
  for (let at = 0; ; ) {
    const { from, complete } = await read(store, at)
    all.push(...from)
    at = (from.at(-1) ?? at) + 1
    if (complete) break
  }
  expect(all).toEqual([0, 3, 6, 9, 12, 15])
  // 8 MiB stay to resume from: two parts before the last one
  expect(await read(store, await positionOf(store, job, 4))).toEqual({ from: [12], complete: false })
  const gone = { order: 'input', after: await positionOf(store, job, 2), maxBytes: 1, reader: 'r', leaseMs: 1000 } as const
  expect(await readParts(store, job, gone)).toEqual({ type: 'consumed', first: 3 })
})
