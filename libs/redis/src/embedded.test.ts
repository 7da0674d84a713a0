import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, isAlive } from '@manyhands/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeRedis, connectRedis } from './connection.ts'
import { type EmbeddedRedis, startEmbeddedRedis } from './embedded.ts'

let dir: string
const running: EmbeddedRedis[] = []
let owner: ChildProcess | undefined

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mh-embedded-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((redis) => redis.stop()))
  owner?.kill('SIGKILL')
  owner = undefined
  await rm(dir, { recursive: true, force: true })
})

async function start(folder = dir): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ dir: folder })
  running.push(redis)
  return redis
}

async function ask<T>(url: string, question: (redis: ReturnType<typeof connectRedis>) => Promise<T>): Promise<T> {
  const redis = connectRedis(url, 'worker', () => undefined)
  try {
    return await question(redis)
  } finally {
    await closeRedis(redis)
  }
}

/** Another process that has the embedded Redis of `dir`; resolves with the pids it tells. */
async function startOwner(): Promise<{ pid: number; redis: number }> {
  const script = `import { startEmbeddedRedis } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
    const redis = await startEmbeddedRedis({ dir: ${JSON.stringify(dir)} })
    process.stdout.write(String(redis.pid))`
  owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = await once(owner.stdout as NodeJS.ReadableStream, 'data')
  return { pid: owner.pid as number, redis: Number(text) }
}

async function killOwner(): Promise<void> {
  const gone = once(owner as ChildProcess, 'close')
  owner?.kill('SIGKILL')
  await gone
}

test('listens on a unix socket, keeps an append-only file and never evicts', async () => {
  const redis = await start()
  expect(redis.url).toBe(`unix:${dir}/redis.sock`)
  const config = await ask(redis.url, async (connection) => [
    await connection.config('GET', 'appendonly'),
    await connection.config('GET', 'appendfsync'),
    await connection.config('GET', 'maxmemory-policy'),
    await connection.config('GET', 'save'),
  ])
  expect(config.flat()).toEqual(['appendonly', 'yes', 'appendfsync', 'everysec', 'maxmemory-policy', 'noeviction', 'save', ''])
})

test('the data is there after a stop, and the process is gone', async () => {
  const first = await start()
  await ask(first.url, (redis) => redis.set('kept', 'yes'))
  await first.stop()
  expect(isAlive(first.pid)).toBe(false)
  const second = await start()
  expect(await ask(second.url, (redis) => redis.get('kept'))).toBe('yes')
})

test('a folder too long for a unix socket: a loopback port with a password', async () => {
  const redis = await start(join(dir, 'x'.repeat(100)))
  expect(redis.url).toMatch(/^redis:\/\/:[0-9a-f]{48}@127\.0\.0\.1:\d+$/)
  expect(await ask(redis.url, (connection) => connection.ping())).toBe('PONG')
})

test('a second one in the same folder is refused, and told who has it', async () => {
  await start()
  await expect(start()).rejects.toThrow(`the embedded Redis in ${dir} is in use by process ${process.pid}`)
})

test('kill -9 of its owner ends it', async () => {
  const { redis } = await startOwner()
  await killOwner()
  await eventually(() => !isAlive(redis), { describe: 'the end of Redis' })
})

test('a Redis whose owner and watcher were both killed is ended by the next start, and its data taken over', async () => {
  const left = await startOwner()
  await ask(`unix:${dir}/redis.sock`, (redis) => redis.set('kept', 'yes'))
  const watcher = spawn('pkill', ['-KILL', '-P', String(left.pid), '-f', `redis-watcher ${left.redis}`])
  await once(watcher, 'close')
  await killOwner()
  expect(isAlive(left.redis)).toBe(true)
  const redis = await start()
  expect(isAlive(left.redis)).toBe(false)
  expect(await ask(redis.url, (connection) => connection.get('kept'))).toBe('yes')
})

test('without redis-server on PATH it says what to do', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = dir
  try {
    await expect(start()).rejects.toThrow(/^redis-server is not on PATH: install Redis/)
  } finally {
    process.env['PATH'] = path
  }
})
