import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ redisUrl: server.url, workers: 1, settings: { MANYHANDS_LEASE_MS: '1000' } })
})
afterAll(() => stack.stop())

const apply = (name: string, args: unknown[], more = {}) =>
  stack.json<Job>('POST', '/v1/pools/default/apply', { function: name, args, ...more })

/** An apply that finds credit: the one before it has just told the API of some. */
async function early(name: string, args: unknown[], more = {}): Promise<Job> {
  const before = await apply('square', [1])
  await stack.ended(before.id)
  return apply(name, args, more)
}
const resultOf = async <T>(job: Job): Promise<T> => {
  await stack.ended(job.id)
  return (await stack.json<{ value: T }>('GET', `/v1/jobs/${job.id}/result`)).value
}
const firstError = async (job: Job) => (await stack.ended(job.id)).errors?.[0]?.code

test('a quick call is claimed once, by its settlement', async () => {
  const job = await early('add', [2, 3])
  const ended = await stack.ended(job.id)
  expect([ended.state, ended.items, ended.usage.attempts]).toEqual(['succeeded', { total: 1, done: 1, failed: 0 }, 1])
  expect(await resultOf(job)).toBe(5)
})

test('a call that takes longer is claimed while it runs, and runs once', async () => {
  const calls = async () => (await resultOf<{ calls: number }>(await early('callsHere', [20]))).calls
  expect((await calls()) + 1).toBe(await calls())
})

test.each([
  ['throws', { do: 'throw', message: 'no' }, 'function-error'],
  ['exits', { do: 'exit', code: 3 }, 'worker-crashed'],
  ['kills its process', { do: 'kill', signal: 'SIGKILL' }, 'worker-crashed'],
])('a call that %s fails as any other', async (_, behaviour, code) => {
  expect(await firstError(await early('behave', [behaviour]))).toBe(code)
})

test('a call that fails at first has its tries', async () => {
  const job = await early('onTry', [3], { attempts: 3 })
  expect((await stack.ended(job.id)).state).toBe('succeeded')
  expect(await resultOf(job)).toBe(3)
})

test('a time limit of the caller holds', async () => {
  expect(await firstError(await early('spin', [60_000], { timeoutMs: 100 }))).toBe('timeout')
})

test('a call that computes is cancelled within 1 s', async () => {
  const job = await early('spin', [60_000])
  await eventually(async () => (await stack.json('GET', `/v1/jobs/${job.id}`)).state === 'running')
  const from = performance.now()
  await stack.json('POST', `/v1/jobs/${job.id}/cancel`)
  await eventually(async () => (await stack.json('GET', `/v1/jobs/${job.id}`)).stoppedAt !== null)
  expect(performance.now() - from).toBeLessThan(1000)
})

test('a worker that is killed with a call loses nothing', async () => {
  const job = await early('later', [300, 'done'])
  stack.workers[0]?.kill('SIGKILL')
  await stack.addWorker()
  expect((await stack.ended(job.id)).state).toBe('succeeded')
})

test('a call that is refused, or has to wait, does not start: a closed pool, a paused one, one without credit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mh-early-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const starts = async (name: string) => (await readFile(join(folder, name), 'utf8').catch(() => '')).split('\n').filter(Boolean).length
  const call = (pool: string, ms: number) =>
    stack.call('POST', `/v1/pools/${pool}/apply`, { function: 'startsIn', args: [join(folder, pool), ms] })
  /** The pool has just told of credit: the next call goes to the queue at once. */
  const warm = async (name: string, more = {}) => {
    await stack.json('POST', '/v1/pools', { name, ...more })
    await stack.ended(((await (await call(name, 1)).json()) as Job).id)
  }
  const other = await stack.addWorker()
  onTestFinished(() => other.stop())
  await warm('closing')
  await stack.json('POST', '/v1/pools/closing/close')
  expect((await call('closing', 1)).status).toBe(409)
  await warm('pausing')
  await stack.json('POST', '/v1/pools/pausing/pause')
  await call('pausing', 1)
  await warm('bounded', { processes: 1 })
  const first = await call('bounded', 200)
  const second = await call('bounded', 1)
  await stack.ended(((await first.json()) as Job).id)
  await stack.ended(((await second.json()) as Job).id)
  // one that runs now has come behind all of these
  await stack.ended((await apply('square', [1])).id)
  expect(await Promise.all(['closing', 'pausing', 'bounded'].map(starts))).toEqual([1, 1, 3])
})
