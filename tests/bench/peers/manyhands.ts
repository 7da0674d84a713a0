import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@manyhands/redis'
import { startDriver } from '../driver.ts'
import type { Started } from '../processes.ts'
import { died, start } from '../processes.ts'
import type { RedisServer } from '../redis-server.ts'
import { startRedis } from '../redis-server.ts'
import type { Peer } from '../side.ts'
import { assemble, Stack } from '../side.ts'
import { program } from './program.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const readyMs = 30_000

/** Our services as users start them: an API, one worker with two processes, a Redis. */
export interface Fleet {
  url: string
  redis: RedisServer
  api: Started
  worker: Started
  stop(): Promise<void>
}

export const manyhands: Peer = {
  name: 'Manyhands',
  start: () =>
    assemble('Manyhands', async (stack) => {
      const { url, redis } = await stack.add(startFleet())
      const driver = await stack.add(
        startDriver({ name: 'Manyhands driver', ...program('manyhands-driver.ts'), env: { MANYHANDS_URL: url } }),
      )
      return { driver, redis }
    }),
}

/** Everything of ours, ready to take work. What stood already is stopped when the rest does not come up. */
export async function startFleet(): Promise<Fleet> {
  const stack = new Stack()
  try {
    const redis = await stack.add(startRedis('Manyhands'))
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const env = settings(redis.url, port)
    const api = await stack.add(startApp('api', env))
    const worker = await stack.add(startApp('worker', env))
    await Promise.race([ready(url), died(api), died(worker)])
    return { url, redis, api, worker, stop: () => stack.stop() }
  } catch (error) {
    await stack.stop()
    throw error
  }
}

function settings(redisUrl: string, port: number): Record<string, string> {
  const functions = fileURLToPath(new URL('../functions.ts', import.meta.url))
  return {
    REDIS_URL: redisUrl,
    PORT: String(port),
    HOST: '127.0.0.1',
    MANYHANDS_PROCESSES: '2',
    MANYHANDS_FUNCTIONS: functions,
    MANYHANDS_LOG: 'warn',
  }
}

function startApp(app: 'api' | 'worker', env: Record<string, string>): Promise<Started> {
  return start({ name: `Manyhands ${app}`, command: process.execPath, args: [`apps/${app}/src/main.ts`], cwd: root, env })
}

/** Resolves when the API is ready and sees the worker. */
async function ready(url: string): Promise<void> {
  const until = Date.now() + readyMs
  while (Date.now() < until) {
    if (await seesWorker(url)) return
    await delay(50)
  }
  throw new Error(`no API with a worker at ${url} within ${readyMs} ms`)
}

/** A refused connection means: not yet. */
async function seesWorker(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/workers`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
  if (!answer?.ok) return false
  const { workers } = (await answer.json()) as { workers: unknown[] }
  return workers.length > 0
}
