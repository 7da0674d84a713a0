import { PassThrough } from 'node:stream'
import { startApi } from '@manyhands/app-api'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { readSettings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { namespace, testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'

const server = testRedis()

test('an API on a Redis that evicts keys says at its start what is wrong and what is meant', async () => {
  const redis = connectRedis(server.url, 'store', () => undefined)
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const destination = new PassThrough()
  const logger = createLogger({ level: 'warn', service: 'api', destination })
  const api = await startApi({ settings: readSettings({ REDIS_URL: server.url, PORT: '0', MANYHANDS_GROUP: namespace() }), logger })
  await api.stop()
  await redis.config('SET', 'maxmemory-policy', 'noeviction')
  await closeRedis(redis)
  const said = JSON.parse(String(destination.read()))
  expect([said.policy, said.msg]).toEqual(['allkeys-lru', expect.stringContaining('meant is maxmemory-policy noeviction')])
})
