import { closeRedis, connectRedis, jobKey } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { createWakeups } from '@manyhands/wakeups'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
let stack: TestStack
let redis: ReturnType<typeof connectRedis>
beforeAll(async () => {
  redis = connectRedis(server.url, 'store', () => undefined)
  stack = await startStack({ inside: true, redisUrl: server.url, settings: { MANYHANDS_PROCESSES: '2' } })
})
afterAll(async () => {
  await stack.stop()
  await closeRedis(redis)
})

const look = (id: string) => stack.json('GET', `/v1/jobs/${id}`)
const apply = (name: string, args: unknown[]) => stack.json('POST', '/v1/pools/default/apply', { function: name, args })

test('what a function says stands in the job: any small JSON value, the latest', async () => {
  const steps = [0.25, { done: 3, total: 4, message: 'nearly there' }]
  const { id, progress } = await apply('reports', [steps, 400])
  expect(progress).toBeUndefined()
  const first = await eventually(async () => (await look(id)).progress ?? false)
  expect(first).toMatchObject({ index: 0, value: 0.25 })
  expect(Math.abs(Date.parse(first.at) - Date.now())).toBeLessThan(10_000)
  await stack.ended(id)
  expect((await look(id)).progress).toMatchObject({ index: 0, value: steps[1] })
})

test('waiters are woken by it, about four times a second at most; those of the end are not', async () => {
  const wakeups = createWakeups(
    connectRedis(server.url, 'subscriber', () => undefined),
    stack.group,
    () => undefined,
  )
  await wakeups.start()
  // 200 words within 2 s
  const { id } = await apply('reports', [Array.from({ length: 200 }, (_, i) => i), 10])
  const news: string[] = []
  wakeups.onJob('default', id, (one) => void news.push(one))
  await stack.ended(id)
  await wakeups.stop()
  const words = news.filter((one) => one === 'progress').length
  expect(words).toBeGreaterThan(4)
  expect(words).toBeLessThan(14)
  expect((await look(id)).progress?.value).toBeGreaterThan(150)
})

test('one that computes without a pause is heard too', async () => {
  const { id } = await apply('computes', [1500])
  await eventually(async () => Number((await look(id)).progress?.value ?? 0) > 0.3, { timeoutMs: 5000 })
  expect((await look(id)).state).toBe('running')
  await stack.ended(id)
})

test('a value that is too large fails its item', async () => {
  const { id } = await apply('reports', [['x'.repeat(2000)], 1])
  expect(await stack.ended(id)).toMatchObject({ state: 'failed', error: { name: 'RangeError' } })
})

test('in a map the latest of any item stands; of a retry by its first index', async () => {
  const { id } = await stack.json('POST', '/v1/pools/default/starmap', {
    function: 'reportsAndFails',
    items: [
      [0, true],
      [1, false],
      [2, true],
    ],
    chunkSize: 1,
  })
  const job = await stack.ended(id)
  expect(job.progress?.index).toBeOneOf([0, 1, 2])
  expect(job.progress?.value).toBe(job.progress?.index)
  const retry = await stack.json('POST', `/v1/jobs/${id}/retry`)
  expect((await stack.ended(retry.id)).progress?.index).toBeOneOf([0, 2])
  // what stood for running items is gone with the job's end
  expect(await redis.exists(jobKey(stack.group, 'default', id, 'progress'))).toBe(0)
})
