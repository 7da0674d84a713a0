import { closeRedis, connectRedis, type Redis } from '@manyhands/redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { faultProxy } from './fault-proxy.ts'
import { namespace } from './namespace.ts'
import { testRedis } from './test-redis.ts'

const redis = testRedis()
let connection: Redis
const dial = (url: string): Redis => connectRedis(url, 'worker', () => undefined)

beforeEach(() => {
  connection = dial(redis.url)
})
afterEach(() => closeRedis(connection))

test('answers, keeps everything in memory, and never evicts', async () => {
  expect(await connection.ping()).toBe('PONG')
  expect(await connection.config('GET', 'maxmemory-policy')).toContain('noeviction')
  expect(await connection.config('GET', 'appendonly')).toContain('no')
})

test('comes back at the same address after a kill', async () => {
  const url = redis.url
  await connection.ping()
  await redis.kill()
  await eventually(() => connection.status !== 'ready')
  await redis.restart()
  expect(redis.url).toBe(url)
  expect(await connection.ping()).toBe('PONG')
})

test('works through a fault proxy', async () => {
  await using proxy = await faultProxy(redis.url)
  const through = dial(proxy.url)
  expect(await through.ping()).toBe('PONG')
  await closeRedis(through)
})

describe('with aof', () => {
  const durable = testRedis({ aof: true })

  test('data outlives a kill', async () => {
    const key = namespace()
    const first = dial(durable.url)
    await first.set(key, 'kept')
    await durable.kill()
    await durable.restart()
    expect(await first.get(key)).toBe('kept')
    await closeRedis(first)
  })
})
