import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { testRedis } from '@manyhands/testing'
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
  expect([code, said]).toEqual([1, `port ${port} of 127.0.0.1, for health, is taken; MANYHANDS_HEALTH names another\n`])
})

test('a worker without a Redis says where it looked, and never the password', async () => {
  const { code, said } = await refusal({ REDIS_URL: 'redis://:secret@127.0.0.1:1', MANYHANDS_HEALTH: '0' })
  expect([code, said]).toEqual([1, 'no Redis answers at 127.0.0.1:1; REDIS_URL says where one is\n'])
}, 30_000)
