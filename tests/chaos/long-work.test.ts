import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'
import { startFleet } from './fleet.ts'

const redis = testRedis()
const leaseMs = 1000
const folder = mkdtempSync(join(tmpdir(), 'manyhands-long-'))
let stack: TestStack
beforeAll(async () => {
  // the second worker is idle: it would take over whatever it is given
  stack = await startStack({ redisUrl: redis.url, workers: 2, settings: { MANYHANDS_LEASE_MS: String(leaseMs) } })
})
afterAll(async () => {
  await stack.stop()
  rmSync(folder, { recursive: true })
})

const linesOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n')
const apply = (name: string, args: unknown[]) => stack.json('POST', '/v1/pools/default/apply', { function: name, args })
const map = (name: string, items: unknown[]) => stack.json('POST', '/v1/pools/default/starmap', { function: name, items, chunkSize: 1 })
const stopped = (id: string) => eventually(async () => (await stack.json('GET', `/v1/jobs/${id}`)).stoppedAt !== null, { everyMs: 20 })

test('promise 10: a function that computes for 5 leases is started once', async () => {
  const file = join(folder, 'starts')
  const job = await stack.ended((await apply('startsIn', [file, 5 * leaseMs])).id)
  expect([job.state, job.usage.attempts]).toEqual(['succeeded', 1])
  expect(linesOf(file)).toHaveLength(1)
}, 30_000)

test('promise 10: it can be cancelled within 1 s, also behind its lease, and nothing of it starts again', async () => {
  const files = [1, 2].map((n) => join(folder, `cancelled-${n}`))
  const { id } = await map(
    'startsIn',
    files.map((file) => [file, 60_000]),
  )
  await eventually(() => files.every((file) => linesOf(file).length === 1), { timeoutMs: 5000 })
  await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs))
  const start = performance.now()
  await stack.json('POST', `/v1/jobs/${id}/cancel`)
  await stopped(id)
  expect(performance.now() - start).toBeLessThan(1000)
  await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs))
  expect(files.map((file) => linesOf(file).length)).toEqual([1, 1])
}, 30_000)

test('a cancel aborts the signal, sends SIGTERM, kills: all within 1 s', async () => {
  const file = join(folder, 'heard')
  const { id } = await apply('hearsIn', [file])
  await eventually(() => linesOf(file)[0]?.startsWith('start'))
  const start = Date.now()
  await stack.json('POST', `/v1/jobs/${id}/cancel`)
  await stopped(id)
  expect(Date.now() - start).toBeLessThan(1000)
  const heard = linesOf(file).map((line) => line.split(' '))
  expect(heard.map(([what]) => what)).toEqual(['start', 'abort', 'SIGTERM'])
  const [abort = 0, term = 0] = heard.slice(1).map(([, at]) => Number(at))
  expect(term - abort).toBeGreaterThan(150)
})

test('promise 10, mutant: the lease is not renewed', async () => {
  const file = 'libs/queue/src/lasting-worker.ts'
  const mutant = { file, from: 'skipVersionCheck: true', to: 'skipVersionCheck: true, skipLockRenewal: true' }
  const fleet = await startFleet(redis.url, { workers: 2, mutant })
  const { id } = await fleet.act({ do: 'compute', ms: 5 * leaseMs })
  await fleet.begun(id, 2, 4 * leaseMs)
})
