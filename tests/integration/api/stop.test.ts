import { request } from 'node:http'
import { startApi } from '@manyhands/app-api'
import { startWorker } from '@manyhands/app-worker'
import { readSettings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { eventually, namespace, testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { fixtures } from '../../stack.ts'

const redis = testRedis()
const logger = createLogger({ level: 'silent', service: 'test' })

test('a stop answers what waits, cuts streams, aborts uploads, and is through within 2 s', async () => {
  const settings = readSettings({
    REDIS_URL: redis.url,
    PORT: '0',
    MANYHANDS_GROUP: namespace(),
    MANYHANDS_FUNCTIONS: fixtures,
    MANYHANDS_PROCESSES: '1',
  })
  const api = await startApi({ settings, logger })
  const worker = await startWorker({ settings, logger })
  const map = `${api.url}/v1/pools/default/map`
  const json = { 'content-type': 'application/json' }
  const body = JSON.stringify({ function: 'behave', items: [{ do: 'slow', ms: 8000, value: 1 }] })
  const job = (await (await fetch(map, { method: 'POST', headers: json, body })).json()) as { id: string }

  const wait = fetch(`${api.url}/v1/jobs/${job.id}?wait=30`)
  const held = fetch(map, { method: 'POST', headers: { ...json, prefer: 'wait=30' }, body })
  const stream = await fetch(`${api.url}/v1/jobs/${job.id}/results?frames=true`)
  const cut = stream.text().then(
    () => 'a regular end',
    () => 'cut',
  )
  let last = ''
  const upload = request(`${map}?function=square`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } }, (response) => {
    response.on('data', (piece: Buffer) => (last += piece))
    response.on('error', () => undefined)
  })
  upload.on('error', () => undefined)
  upload.write('1\n')
  await eventually(() => last === '\n')

  const start = performance.now()
  await api.stop()
  expect(performance.now() - start).toBeLessThan(2000)
  expect(await (await wait).json()).toMatchObject({ id: job.id, finishedAt: null })
  expect((await held).status).toBe(202)
  expect(await cut).toBe('cut')
  expect(JSON.parse(last)).toMatchObject({ code: 'input-aborted' })
  await expect(fetch(`${api.url}/healthz`)).rejects.toThrow()
  await worker.stop()
})

test('a port that is taken ends the start, and leaves nothing open', async () => {
  const group = namespace()
  const first = await startApi({ settings: readSettings({ REDIS_URL: redis.url, PORT: '0', MANYHANDS_GROUP: group }), logger })
  const settings = readSettings({ REDIS_URL: redis.url, PORT: new URL(first.url).port, MANYHANDS_GROUP: group })
  await expect(startApi({ settings, logger })).rejects.toThrow(`Port ${settings.port} of 127.0.0.1 is taken by another program`)
  await first.stop()
})
