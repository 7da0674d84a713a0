import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RedisConfig, type RedisServer, startRedisServer } from '@manyhands/redis'
import { afterAll, beforeAll, inject } from 'vitest'
import { askBroker } from './redis-broker.ts'

export interface TestRedisOptions {
  /** Whether data outlives a kill: an append-only file. Default false. */
  aof?: boolean
}

/** A Redis of its own for one test file: the same address over restarts. */
export interface TestRedis {
  /** `redis://` or `unix:`; known once it has started. */
  readonly url: string
  readonly kind: 'container' | 'process'
  /** A clean stop when it runs, then a start. With `aof` the data is still there. */
  restart(): Promise<void>
  /** kill -9; `restart` starts it again. */
  kill(): Promise<void>
  /** Stops it and removes its data. Idempotent. */
  stop(): Promise<void>
}

/** At the top level of a test file (or of a describe): a Redis from before its first test until after its last one. */
export function testRedis(options: TestRedisOptions = {}): TestRedis {
  let started: TestRedis | undefined
  const redis = (): TestRedis => {
    if (!started) throw new Error('the Redis of this file runs only from beforeAll to afterAll: ask for its url inside a test or a hook')
    return started
  }
  beforeAll(async () => {
    started = await startTestRedis(options)
  })
  afterAll(() => started?.stop())
  return {
    get url() {
      return redis().url
    },
    get kind() {
      return redis().kind
    },
    restart: () => redis().restart(),
    kill: () => redis().kill(),
    stop: () => redis().stop(),
  }
}

/** A Redis that the caller stops: for a test that needs a second one. In a container or a process, as the run was told (TEST_REDIS). */
export async function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const config: RedisConfig = { save: '', 'maxmemory-policy': 'noeviction', 'enable-debug-command': 'local', ...persistence(options) }
  const broker = inject('redisBroker')
  return broker === '' ? startProcess(config) : startContainer(broker, config)
}

const persistence = ({ aof = false }: TestRedisOptions): RedisConfig => ({ appendonly: aof ? 'yes' : 'no', appendfsync: 'everysec' })

async function startContainer(broker: string, config: RedisConfig): Promise<TestRedis> {
  const url = await askBroker(broker, { order: 'start', config })
  const tell = async (order: 'restart' | 'kill' | 'remove') => void (await askBroker(broker, { order, url }))
  return { url, kind: 'container', restart: () => tell('restart'), kill: () => tell('kill'), stop: () => tell('remove') }
}

async function startProcess(config: RedisConfig): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'mh-redis-'))
  let server: RedisServer = await startRedisServer({ dir, config })
  return {
    url: server.url,
    kind: 'process',
    kill: () => server.kill(),
    restart: async () => {
      await server.stop()
      server = await startRedisServer({ dir, config, address: server.address })
    },
    stop: async () => {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
