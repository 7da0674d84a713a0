import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, PoolRecord } from '@manyhands/contracts'
import { closeRedis, connectRedis, groupKey } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: server.url, workers: 2, settings: { MANYHANDS_PROCESSES: '2' } })
})
afterAll(() => stack.stop())

const makePool = (name: string, fields: object) => stack.json<PoolRecord>('POST', '/v1/pools', { name, ...fields })
const poolOf = (name: string, query = '') => stack.json<PoolRecord>('GET', `/v1/pools/${name}${query}`)
const map = (pool: string, name: string, items: unknown[], more = {}) =>
  stack.json<Job>('POST', `/v1/pools/${pool}/map`, { function: name, items, ...more })
async function valuesOf<T>(job: Job): Promise<T[]> {
  await stack.ended(job.id)
  return (await stack.json<{ values: T[] }>('GET', `/v1/jobs/${job.id}/result`)).values
}
async function noteFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mh-pools-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'note')
}
const linesIn = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

test('the initializer runs once in each process, before its first item', async () => {
  await makePool('scaling', { initializer: 'prepare', initArgs: [10] })
  expect(await valuesOf(await map('scaling', 'scaled', numbers(20), { chunkSize: 2 }))).toEqual(numbers(20).map((x) => x * 10))
  const crews = await valuesOf<{ pid: number; prepared: number }>(await map('scaling', 'crew', numbers(20), { chunkSize: 1 }))
  expect(new Set(crews.map(({ prepared }) => prepared))).toEqual(new Set([1]))
  // the processes of others know nothing of it
  expect(await valuesOf(await map('default', 'scaled', numbers(5), { chunkSize: 1 }))).toEqual(numbers(5))
})

test('another initializer is for processes from now on', async () => {
  await makePool('changing', { initializer: 'prepare', initArgs: [2] })
  expect(await valuesOf(await map('changing', 'scaled', [1]))).toEqual([2])
  await stack.json('PATCH', '/v1/pools/changing', { initArgs: [3] })
  expect(await valuesOf(await map('changing', 'scaled', [1, 1, 1, 1], { chunkSize: 1 }))).toEqual([3, 3, 3, 3])
})

test('a throwing initializer fails the jobs of its pool with its error, soon, and no others', async () => {
  await makePool('broken', { initializer: 'refuse', initArgs: ['no data here'] })
  const from = performance.now()
  const job = await stack.ended((await map('broken', 'square', numbers(1000), { chunkSize: 1 })).id)
  expect(job).toMatchObject({ state: 'failed', error: { name: 'RangeError', code: 'initializer-failed', message: 'no data here' } })
  expect(performance.now() - from).toBeLessThan(5000)
  expect(await valuesOf(await map('default', 'square', [3]))).toEqual([9])
})

test('no process of it is started again and again', async () => {
  const note = await noteFile()
  await writeFile(`${note}.go`, '')
  await makePool('restless', { initializer: 'refuseLate', initArgs: [note] })
  expect(await stack.ended((await map('restless', 'square', numbers(1000), { chunkSize: 1 })).id)).toMatchObject({ state: 'failed' })
  // one for each slot of the fleet, and one for each that took a task before it heard of the end
  expect((await linesIn(note)).length).toBeLessThanOrEqual(8)
})

test('the failure of an initializer that was changed meanwhile fails nobody', async () => {
  const note = await noteFile()
  await makePool('mended', { processes: 1, initializer: 'refuseLate', initArgs: [note] })
  const job = await map('mended', 'scaled', [1])
  await eventually(async () => (await linesIn(note)).length === 1)
  await stack.json('PATCH', '/v1/pools/mended', { initializer: 'prepare', initArgs: [4] })
  await writeFile(`${note}.go`, '')
  expect(await valuesOf(job)).toEqual([4])
})

test('maxTasksPerChild counts chunks, and the initializer runs again in each process', async () => {
  await makePool('mortal', { processes: 1, maxTasksPerChild: 2, initializer: 'prepare', initArgs: [1] })
  const crews = await valuesOf<{ pid: number; prepared: number }>(await map('mortal', 'crew', numbers(12), { chunkSize: 2 }))
  const chunksOf = new Map<number, number>()
  for (const { pid } of crews) chunksOf.set(pid, (chunksOf.get(pid) ?? 0) + 1)
  // two chunks of two items each; workers take turns, so a process may have had one chunk only
  expect(Math.max(...chunksOf.values())).toBeLessThanOrEqual(4)
  expect(chunksOf.size).toBeGreaterThanOrEqual(3)
  expect(crews.every(({ prepared }) => prepared === 1)).toBe(true)
})

test('a larger bound of a live pool counts at once', async () => {
  await makePool('growing', { processes: 1 })
  const job = await map('growing', 'when', numbers(8).fill(100), { chunkSize: 1 })
  await eventually(async () => (await stack.json<Job>('GET', `/v1/jobs/${job.id}`)).state === 'running')
  await stack.json('PATCH', '/v1/pools/growing', { processes: 3 })
  expect((await stack.ended(job.id)).usage.slots).toBe(3)
})

test('so does a smaller one, as soon as what runs has ended', async () => {
  await makePool('shrinking', { processes: 4 })
  const job = await map('shrinking', 'when', numbers(24).fill(50), { chunkSize: 1 })
  await eventually(async () => (await poolOf('shrinking')).running === 4)
  await stack.json('PATCH', '/v1/pools/shrinking', { processes: 1 })
  await eventually(async () => (await poolOf('shrinking')).running === 1)
  const from = Date.now()
  const spans = (await valuesOf<{ from: number; to: number }>(job)).filter((span) => span.from >= from)
  expect(spans.length).toBeGreaterThan(5)
  for (const { from, to } of spans) expect(spans.filter((other) => other.from < to && from < other.to)).toHaveLength(1)
})

test('a paused pool takes jobs and hands nothing out', async () => {
  await makePool('paused', {})
  expect((await stack.json<PoolRecord>('POST', '/v1/pools/paused/pause')).paused).toBe(true)
  const job = await map('paused', 'square', [2])
  expect(await stack.json<Job>('GET', `/v1/jobs/${job.id}`)).toMatchObject({ state: 'waiting', waitingFor: 'paused' })
  await stack.json('POST', '/v1/pools/paused/resume')
  expect(await valuesOf(job)).toEqual([4])
})

test('a closed pool refuses new jobs, and those that live end', async () => {
  await makePool('closing', {})
  const job = await map('closing', 'later', numbers(4).fill(50), { args: ['x'], chunkSize: 1 })
  expect((await stack.json<PoolRecord>('POST', '/v1/pools/closing/close')).state).toBe('closed')
  const refused = await stack.call('POST', '/v1/pools/closing/apply', { function: 'square', args: [1] })
  expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'pool-closed' }])
  expect(await poolOf('closing', '?wait=10')).toMatchObject({ jobs: 0, running: 0 })
  expect((await stack.json<Job>('GET', `/v1/jobs/${job.id}`)).state).toBe('succeeded')
  expect((await stack.call('DELETE', '/v1/pools/closing')).status).toBe(204)
  // the name can be used again
  expect(await valuesOf(await map('closing', 'square', [5]))).toEqual([25])
})

test('terminate kills what computes within 1 s, and cancels what waits', async () => {
  await makePool('ending', { processes: 2 })
  const jobs = await Promise.all(numbers(5).map(() => map('ending', 'spin', [60_000], {})))
  await eventually(async () => (await poolOf('ending')).running === 2)
  const from = performance.now()
  await stack.json('POST', '/v1/pools/ending/terminate')
  expect(await poolOf('ending', '?wait=5')).toMatchObject({ jobs: 0, running: 0, state: 'terminated' })
  expect(performance.now() - from).toBeLessThan(1000)
  for (const job of jobs)
    expect(await stack.json('GET', `/v1/jobs/${job.id}`)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
})

test('nobody ends the default pool, or gives it processes of its own', async () => {
  for (const [method, route, body] of [
    ['POST', '/v1/pools/default/close', undefined],
    ['POST', '/v1/pools/default/terminate', undefined],
    ['PATCH', '/v1/pools/default', { initializer: 'prepare' }],
  ] as const) {
    const answer = await stack.call(method, route, body)
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid-parameter' }])
  }
})

test("200 pools that have run something and are idle are in nobody's way: no round of the reconciler looks at them", async () => {
  const pools = numbers(200).map((i) => `idle-${i}`)
  const jobs = await Promise.all(pools.map((pool) => map(pool, 'scaled', [1])))
  await Promise.all(jobs.map((job) => stack.ended(job.id)))
  const redis = connectRedis(server.url, 'store', () => undefined)
  await eventually(async () => (await redis.scard(groupKey(stack.group, 'busyPools'))) === 0, { timeoutMs: 15_000 })
  await closeRedis(redis)
})
