import type { Job } from '@manyhands/contracts'
import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { apiServer } from './server.ts'

const api = apiServer(testRedis())

const finished = async (body: object): Promise<Job> => api.ended((await api.submit('/v1/pools/default/map', body)).id)
/** A tenth for clocks that are not one. */
const about = (value: number) => value * 1.1 + 5

test('a job that computes: its times, slots, bytes and attempts', async () => {
  const job = await finished({ function: 'spin', items: Array.from({ length: 12 }, () => 25), chunkSize: 2 })
  const { itemMs, cpuMs, waitMs, wallMs, slots, efficiency, bytesIn, bytesOut, attempts } = job.usage
  expect(itemMs).toBeGreaterThanOrEqual(12 * 25)
  // it computes as long as it runs, but where it has to share its core
  expect(cpuMs).toBeGreaterThan(0)
  expect(cpuMs).toBeLessThanOrEqual(about(itemMs) + 100)
  expect([1, 2]).toContain(slots)
  expect(wallMs).toBeGreaterThanOrEqual(itemMs / slots / 1.1)
  const [created, started, ended] = [job.createdAt, job.startedAt, job.finishedAt].map((time) => Date.parse(String(time)))
  expect([waitMs, wallMs]).toEqual([Number(started) - Number(created), Number(ended) - Number(started)])
  expect(efficiency).toBeCloseTo(Math.min(1, itemMs / (wallMs * slots)), 3)
  // "25" and an end of line, of each item
  expect([bytesIn, bytesOut, attempts]).toEqual([36, expect.any(Number), 6])
  expect(bytesOut).toBeGreaterThanOrEqual(24)
})

test('a job that waits: time inside the function, and next to no CPU', async () => {
  const { usage } = await finished({ function: 'behave', items: [{ do: 'slow', ms: 300, value: 1 }] })
  expect(usage.itemMs).toBeGreaterThanOrEqual(295)
  expect(usage.cpuMs).toBeLessThan(150)
  expect(usage.efficiency).toBeGreaterThan(0.5)
  expect(usage.slots).toBe(1)
})

test('tries count as attempts and as time', async () => {
  const { state, usage } = await finished({ function: 'onTry', items: [3], attempts: 3 })
  expect([state, usage.attempts]).toEqual(['succeeded', 3])
})

test('a job without items has used nothing', async () => {
  const { usage } = await finished({ function: 'square', items: [] })
  expect(usage).toEqual({ itemMs: 0, cpuMs: 0, waitMs: 0, wallMs: 0, slots: 0, efficiency: null, bytesIn: 0, bytesOut: 0, attempts: 0 })
})

test('a job that was cancelled before it began has waited until then', async () => {
  const { id } = await api.submit('/v1/pools/default/map', { function: 'square', items: [1], delayMs: 60_000 })
  await api.call('POST', `/v1/jobs/${id}/cancel`)
  const { usage, createdAt, finishedAt } = await api.ended(id)
  expect(usage).toMatchObject({ itemMs: 0, wallMs: 0, slots: 0, efficiency: null, attempts: 0, bytesIn: 2 })
  expect(usage.waitMs).toBe(Date.parse(String(finishedAt)) - Date.parse(createdAt))
})
