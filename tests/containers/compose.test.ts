import { freePort } from '@manyhands/redis'
import { eventually, namespace } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Compose } from './compose.ts'

const port = await freePort()
const url = `http://127.0.0.1:${port}`
const compose = new Compose(namespace(), { PUBLISH_PORT: String(port), MANYHANDS_FUNCTIONS: '/functions' })
const startTimeoutMs = 60_000

async function get(path: string): Promise<unknown> {
  const response = await fetch(url + path)
  return response.json()
}

beforeAll(() => compose.run('up', '--detach', '--build', '--scale', 'worker=3'))
afterAll(async () => {
  await compose.run('down', '--volumes', '--rmi', 'local')
  expect(await compose.remains()).toEqual([])
})

test('three workers report', async () => {
  await eventually(
    async () => {
      const { workers } = (await get('/v1/workers')) as { workers: { host: string }[] }
      expect(new Set(workers.map(({ host }) => host)).size).toBe(3)
    },
    { timeoutMs: startTimeoutMs, everyMs: 250, describe: 'three workers at GET /v1/workers' },
  )
})

test('a map uses all three, and its results come back in order', async () => {
  const items = Array.from({ length: 60 }, (_, item) => item)
  const body = JSON.stringify({ function: 'whereAmI', items, chunkSize: 1 })
  const headers = { 'content-type': 'application/json', prefer: 'wait=30' }
  const response = await fetch(`${url}/v1/pools/default/map`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  const { values } = (await response.json()) as { values: { item: number; host: string }[] }
  expect(values.map(({ item }) => item)).toEqual(items)
  expect(new Set(values.map(({ host }) => host)).size).toBe(3)
})

test('everything reports healthy', async () => {
  await eventually(
    async () => {
      const ids = (await compose.run('ps', '--quiet')).split('\n')
      expect(ids).toHaveLength(5)
      const states = await compose.run('ps')
      expect(states.match(/\(healthy\)/g)).toHaveLength(5)
    },
    { timeoutMs: startTimeoutMs, everyMs: 500, describe: 'five healthy containers' },
  )
})

test('the services do not run as root', async () => {
  expect(await compose.run('exec', '-T', 'api', 'id', '-u')).toBe('1000')
  expect(await compose.run('exec', '-T', 'worker', 'id', '-u')).toBe('1000')
})

test('Redis keeps an append-only file and never evicts', async () => {
  const settings = await compose.run('exec', '-T', 'redis', 'redis-cli', 'config', 'get', 'appendonly', 'maxmemory-policy')
  expect(settings.split('\n')).toEqual(expect.arrayContaining(['appendonly', 'yes', 'maxmemory-policy', 'noeviction']))
})

test('the API is open to this machine alone, Redis and the workers to nobody', async () => {
  expect(await compose.run('port', 'api', '3000')).toBe(`127.0.0.1:${port}`)
  expect(await compose.run('port', 'redis', '6379')).not.toMatch(/\d+\.\d+\.\d+\.\d+:\d/)
})
