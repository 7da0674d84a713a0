import type { FunctionRecord, Job } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: server.url, workers: 1, settings: { MANYHANDS_PROCESSES: '2' } })
})
afterAll(() => stack.stop())

const makePool = (name: string, fields: object) => stack.json('POST', '/v1/pools', { name, ...fields })
const apply = (pool: string, name: string, args: unknown[], more = {}) =>
  stack.json<Job>('POST', `/v1/pools/${pool}/apply`, { function: name, args, ...more })
const look = (job: Job) => stack.json<Job>('GET', `/v1/jobs/${job.id}`)
/** In the order in which they began. */
async function startsOf(jobs: Job[]): Promise<number[]> {
  const ended = await Promise.all(jobs.map((job) => stack.ended(job.id)))
  const times = ended.map(({ startedAt }, i) => ({ at: Date.parse(startedAt ?? ''), i }))
  return times.sort((a, b) => a.at - b.at).map(({ i }) => i)
}

test('within a pool a job of a larger priority runs first, and equal ones in their order', async () => {
  await makePool('single', { processes: 1 })
  const first = await apply('single', 'spin', [200])
  const jobs = [await apply('single', 'spin', [5], { priority: -1 })]
  for (const priority of [undefined, 7, 3, 7]) jobs.push(await apply('single', 'spin', [5], { priority }))
  expect((await startsOf([first, ...jobs])).map((i) => i - 1)).toEqual([-1, 2, 4, 3, 1, 0])
})

test('a job has the priority of its pool, and goes before other pools', async () => {
  await makePool('urgent', { priority: 5 })
  const busy = await Promise.all([1, 2].map(() => apply('default', 'spin', [300])))
  await eventually(async () => (await Promise.all(busy.map(look))).every(({ state }) => state === 'running'))
  const waiting = [await apply('default', 'spin', [50]), await apply('default', 'spin', [50])]
  const urgent = [await apply('urgent', 'spin', [50]), await apply('urgent', 'spin', [50])]
  const order = await startsOf([...waiting, ...urgent])
  expect(order.slice(0, 2).sort()).toEqual([2, 3])
})

test('a delayed job waits for its time, and says so', async () => {
  const job = await apply('default', 'square', [3], { delayMs: 400 })
  expect(await look(job)).toMatchObject({ state: 'waiting', waitingFor: 'until' })
  const ended = await stack.ended(job.id)
  const waited = Date.parse(ended.startedAt ?? '') - Date.parse(ended.createdAt)
  expect(waited).toBeGreaterThanOrEqual(400)
  expect(waited).toBeLessThan(1400)
})

test('a delayed job that is cancelled never runs', async () => {
  const job = await apply('default', 'square', [3], { delayMs: 60_000 })
  expect(await stack.json('POST', `/v1/jobs/${job.id}/cancel`)).toMatchObject({ state: 'cancelled', startedAt: null })
})

test('a rate limit is kept over the pool, and what waits for it says so', async () => {
  await makePool('slow', { rateLimit: { max: 10, perMs: 500 } })
  const job = await stack.json<Job>('POST', '/v1/pools/slow/map', { function: 'when', items: Array(25).fill(0) })
  await eventually(async () => (await look(job)).waitingFor === 'rate-limit')
  await stack.ended(job.id)
  const { values } = await stack.json<{ values: { from: number }[] }>('GET', `/v1/jobs/${job.id}/result`)
  const times = values.map(({ from }) => from).sort((a, b) => a - b)
  // ten at once, and twenty a second from then on
  expect((times[24] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(650)
  for (let i = 0; i + 20 < times.length; i++) expect((times[i + 20] ?? 0) - (times[i] ?? 0)).toBeGreaterThan(400)
})

test('a paused function is handed out no more until it is resumed; others go on', async () => {
  expect(await stack.json<FunctionRecord>('POST', '/v1/functions/add/pause')).toMatchObject({ name: 'add', paused: true })
  const jobs = [await apply('default', 'add', [1, 2]), await apply('single', 'add', [3, 4])]
  expect(await stack.ended((await apply('default', 'square', [2])).id)).toMatchObject({ state: 'succeeded' })
  for (const job of jobs) expect(await look(job)).toMatchObject({ state: 'waiting', waitingFor: 'paused' })
  expect(await stack.json<FunctionRecord>('POST', '/v1/functions/add/resume')).toMatchObject({ paused: false })
  for (const job of jobs) expect((await stack.ended(job.id)).state).toBe('succeeded')
  expect((await stack.call('POST', '/v1/functions/nobody/pause')).status).toBe(404)
})
