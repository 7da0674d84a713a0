import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, PoolRecord } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

/** Waiting for nested work (docs/adr/0016). Short leases: what a killed worker had kept is soon handed out anew. */
const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ redisUrl: redis.url, settings: { MANYHANDS_LEASE_MS: '1500' } })
})
afterAll(() => stack.stop())

interface Span {
  from: number
  to: number
}

const family = (pool: string, shape: number[], ms = 5) =>
  stack.json<Job>('POST', `/v1/pools/${pool}/apply`, { function: 'family', args: [shape, ms, pool] })

async function spansOf(job: Job): Promise<Span[]> {
  await stack.ended(job.id, 60)
  return (await stack.json<{ value: Span[] }>('GET', `/v1/jobs/${job.id}/result`)).value
}

/** How many compute at once, at most. */
const peakOf = (spans: Span[]) =>
  Math.max(...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length))

it('a function that waits for its children gives up its slot: one process is enough for a tree', async () => {
  const spans = await spansOf(await family('default', [3, 2, 1]))
  expect(spans).toHaveLength(2 * (1 + 3 + 6 + 6))
  expect(peakOf(spans)).toBe(1)
})

it("so it does with its pool's credit, and the bound holds over the fleet", async () => {
  await stack.json('POST', '/v1/pools', { name: 'narrow', processes: 2 })
  const others = await Promise.all([stack.addWorker({ MANYHANDS_PROCESSES: '2' }), stack.addWorker({ MANYHANDS_PROCESSES: '2' })])
  onTestFinished(async () => void (await Promise.all(others.map((one) => one.stop()))))
  const jobs = await Promise.all([family('narrow', [4, 2], 20), family('narrow', [2, 2], 20)])
  const spans = (await Promise.all(jobs.map(spansOf))).flat()
  expect(spans).toHaveLength(2 * (1 + 4 + 8 + 1 + 2 + 4))
  expect(peakOf(spans)).toBe(2)
})

it('a map whose items wait ends, however many they are', async () => {
  const items = Array.from({ length: 12 }, () => [[1], 1, 'default'])
  const job = await stack.json<Job>('POST', '/v1/pools/default/starmap', { function: 'family', items })
  expect(await stack.ended(job.id, 60)).toMatchObject({ state: 'succeeded', items: { done: 12, failed: 0 } })
})

it.each(['polls', 'listens'])('one that %s for its children waits too', async (name) => {
  const job = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: name })
  expect(await stack.ended(job.id, 20)).toMatchObject({ state: 'succeeded' })
})

it('a worker whose slots are held by those that went on takes nothing more: others run it', async () => {
  const other = await stack.addWorker()
  onTestFinished(() => other.stop())
  const file = await noteFile()
  const job = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'goesOn', args: [file, 3000] })
  await eventually(async () => (await linesIn(file)).length === 1)
  const from = performance.now()
  for (let i = 0; i < 5; i++) {
    const { id } = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'onTry', args: [1] })
    await stack.ended(id)
  }
  expect(performance.now() - from).toBeLessThan(2500)
  expect(await stack.ended(job.id)).toMatchObject({ state: 'succeeded' })
})

async function noteFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mh-waits-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'starts')
}

const linesIn = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)

async function guarded(ms: number) {
  const file = await noteFile()
  const job = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'guardian', args: [file, ms] })
  await eventually(async () => (await linesIn(file)).length === 2, { describe: 'the child of the guardian, on its slot' })
  return { file, job }
}

it('one that waits can be cancelled, and nothing of it is left', async () => {
  const { job } = await guarded(60_000)
  const asked = performance.now()
  await stack.json('POST', `/v1/jobs/${job.id}/cancel`)
  await eventually(async () => (await stack.json<Job>('GET', `/v1/jobs/${job.id}`)).stoppedAt !== null)
  expect(performance.now() - asked).toBeLessThan(1000)
})

it('one whose worker is killed while it waits is run again', async () => {
  await eventually(async () => (await stack.json<PoolRecord>('GET', '/v1/pools/default')).running === 0)
  const { file, job } = await guarded(1500)
  stack.workers[0]?.kill('SIGKILL')
  await stack.addWorker()
  expect(await stack.ended(job.id, 30)).toMatchObject({ state: 'succeeded' })
  expect((await linesIn(file)).filter((line) => line.startsWith('guardian'))).toHaveLength(2)
})

it('a worker that stops hands back what waits on it', async () => {
  const { job } = await guarded(1000)
  const [last] = stack.workers.slice(-1)
  await stack.addWorker()
  const asked = performance.now()
  await last?.stop()
  expect(performance.now() - asked).toBeLessThan(2500)
  expect(await stack.ended(job.id, 30)).toMatchObject({ state: 'succeeded' })
})
