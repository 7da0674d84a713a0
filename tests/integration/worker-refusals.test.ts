import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { startWorker } from '@manyhands/app-worker'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { readSettings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { expectNoLeaks, openResources, testRedis } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { fixtures } from '../stack.ts'

const server = testRedis()
const worker = new URL('../../apps/worker/src/main.ts', import.meta.url).pathname

/** What a worker that cannot start says, and its exit code. */
async function refusal(settings: Record<string, string>): Promise<{ code: number; said: string }> {
  const env = { ...process.env, MANYHANDS_FUNCTIONS: fixtures, MANYHANDS_LOG: 'silent', MANYHANDS_PROCESSES: '1', ...settings }
  const child = spawn(process.execPath, [worker], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stderr.on('data', (piece) => {
    said += piece
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, said }
}

async function takenPort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  onTestFinished(() => void taken.close())
  return (taken.address() as { port: number }).port
}

test('a worker whose health port is taken says so in one sentence, and takes no task', async () => {
  const port = await takenPort()
  const { code, said } = await refusal({ REDIS_URL: server.url, MANYHANDS_HEALTH: String(port) })
  expect([code, said]).toEqual([
    1,
    `Port ${port} of 127.0.0.1 is taken by another program: choose another for health by MANYHANDS_HEALTH, or 0 for a free one.\n`,
  ])
})

/** Where no Redis is, and what is said of it. */
const nowhere: [url: string, place: string][] = [
  ['redis://:secret@127.0.0.1:1', '127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1)'],
  ['unix:/nowhere/redis.sock', '/nowhere/redis.sock (connect ENOENT /nowhere/redis.sock)'],
  ['redis+sentinel://me:secret@127.0.0.1:1,127.0.0.1:2/main', '127.0.0.1:1, 127.0.0.1:2 (All sentinels are unreachable'],
]

test('a worker without a Redis says where it looked and what came of it, never the password', async () => {
  const refusals = await Promise.all(nowhere.map(([url]) => refusal({ REDIS_URL: url, MANYHANDS_HEALTH: '0' })))
  for (const [i, { code, said }] of refusals.entries()) {
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/^No Redis answers at .+: start one there, or say in REDIS_URL where one is\.\n$/),
    ])
    expect(said).toContain(nowhere[i]?.[1])
    expect(said).not.toContain('secret')
  }
}, 30_000)

test('a worker that Redis does not let in says so, and never the password', async () => {
  const redis = connectRedis(server.url, 'store', () => undefined)
  onTestFinished(() => closeRedis(redis))
  await redis.config('SET', 'requirepass', 'another')
  const { code, said } = await refusal({ REDIS_URL: server.url.replace('redis://', 'redis://:secret@'), MANYHANDS_HEALTH: '0' })
  await redis.config('SET', 'requirepass', '')
  expect([code, said]).toEqual([1, expect.stringMatching(/^No Redis answers at .+ \((WRONGPASS|NOAUTH) .+ one is\.\n$/)])
}, 20_000)

test('a start that fails leaves no process, connection or timer behind', async () => {
  const settings = readSettings({
    REDIS_URL: server.url,
    MANYHANDS_FUNCTIONS: fixtures,
    MANYHANDS_PROCESSES: '1',
    MANYHANDS_HEALTH: String(await takenPort()),
  })
  const before = openResources()
  await expect(startWorker({ settings, logger: createLogger({ level: 'silent', service: 'worker' }) })).rejects.toThrow(/^Port /)
  await expectNoLeaks(before)
})
