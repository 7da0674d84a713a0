import { request } from 'node:http'
import { startApi } from '@manyhands/app-api'
import { readSettings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ redisUrl: redis.url, settings: { MANYHANDS_LEASE_MS: '1000' } })
})
afterAll(() => stack.stop())

const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'killed' }

/** An upload that has stored something and goes on. Returns the id of its job. */
function openUpload(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const upload = request(`${stack.url}/v1/pools/default/map?function=square`, { method: 'POST', headers }, (response) => {
    resolve(String(response.headers.location?.split('/').at(-1)))
    response.on('error', () => undefined).resume()
  })
  upload.on('error', () => undefined)
  upload.write('1\n2\n')
  return promise
}

test('an API that is killed in mid-upload: the lease runs out, the job is cancelled, its Idempotency-Key is free again', async () => {
  const id = await openUpload()
  await eventually(async () => (await stack.json('GET', `/v1/jobs/${id}`)).items.done === 2)
  stack.api.kill('SIGKILL')

  const settings = readSettings({ REDIS_URL: redis.url, PORT: '0', MANYHANDS_GROUP: stack.group, MANYHANDS_LEASE_MS: '1000' })
  const other = await startApi({ settings, logger: createLogger({ level: 'silent', service: 'test' }) })
  try {
    const ended = await (await fetch(`${other.url}/v1/jobs/${id}?wait=20`)).json()
    expect(ended).toMatchObject({ state: 'cancelled', items: { done: 2 }, error: { code: 'input-aborted' } })
    const again = await fetch(`${other.url}/v1/pools/default/map?function=square`, { method: 'POST', headers, body: '3\n' })
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, null])
    expect(JSON.parse(await again.text()).id).not.toBe(id)
  } finally {
    await other.stop()
  }
})
