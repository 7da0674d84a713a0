import { setTimeout as pause } from 'node:timers/promises'
import { closeRedis, connectRedis, jobKey } from '@manyhands/redis'
import { testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesOf, startStack, type TestStack } from '../stack.ts'

const server = testRedis({ aof: true })
let redis: ReturnType<typeof connectRedis>
let stack: TestStack
beforeAll(async () => {
  redis = connectRedis(server.url, 'store', () => undefined)
  stack = await startStack({ redisUrl: server.url, workers: 3, settings: { MANYHANDS_LEASE_MS: '1000', MANYHANDS_PROCESSES: '1' } })
})
afterAll(async () => {
  await stack.stop()
  await closeRedis(redis)
})

const kills = 12
const betweenMs = 700

/** Kills a worker every 0.7 s and puts another in its place. */
async function killWorkers(): Promise<void> {
  for (let i = 0; i < kills; i++) {
    await pause(betweenMs)
    stack.workers.at(-3)?.kill('SIGKILL')
    await stack.addWorker()
  }
}

test('promises 1 and 14: jobs survive the death of their workers, each item has one result, in order', async () => {
  const items = Array.from({ length: 1500 }, (_, i) => i)
  const killing = killWorkers()
  const map = await stack.json('POST', '/v1/pools/default/map', { function: 'square', items, chunkSize: 3 })
  const slow = await stack.json('POST', '/v1/pools/default/map', {
    function: 'later',
    items: items.slice(0, 400).map(() => 15),
    args: ['v'],
    chunkSize: 2,
  })
  const { jobs } = await stack.json<{ jobs: { id: string }[] }>('POST', '/v1/pools/default/apply', {
    calls: items.slice(0, 200).map((i) => ({ function: 'later', args: [5, i] })),
  })
  await killing
  for (const { id } of [map, slow, ...jobs]) expect((await stack.ended(id, 120)).state).toBe('succeeded')
  const lines = await linesOf<{ index: number; value: number }>(await stack.call('GET', `/v1/jobs/${map.id}/results`))
  expect(lines).toEqual(items.map((index) => ({ index, value: index ** 2 })))
  for (const id of [map.id, slow.id]) expect(await coveredTwice(id)).toBe(0)
})

/** Items that stand in more than one part. */
async function coveredTwice(id: string): Promise<number> {
  const rows = await redis.zrange(jobKey(stack.group, 'default', id, 'order'), '0', '-1')
  const indexes = rows.flatMap((row) => {
    const [, from = 0, to = 0] = row.split(':').map(Number)
    return Array.from({ length: to - from }, (_, i) => from + i)
  })
  return indexes.length - new Set(indexes).size
}
