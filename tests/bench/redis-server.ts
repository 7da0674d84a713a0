import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@manyhands/redis'
import { Redis } from 'ioredis'
import { start } from './processes.ts'
import { drop, scratchFolder } from './scratch.ts'

/** Every side gets a server of its own with exactly these flags. */
export const redisFlags = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction']

export interface RedisServer {
  url: string
  port: number
  /** Commands run so far, those inside scripts included; the one that asks is not. */
  commands(): Promise<number>
  /** Bytes in use now, and the most since the start. */
  memory(): Promise<{ used: number; peak: number }>
  /** Resolves when no AOF rewrite runs; after 30 s it gives up waiting. */
  quiet(): Promise<void>
  stop(): Promise<void>
}

export async function startRedis(name: string): Promise<RedisServer> {
  const dir = await scratchFolder()
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, ...redisFlags]
  const server = await start({ name: `redis of ${name}`, command: 'redis-server', args })
  const client = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: (tries) => (tries < 50 ? 50 : null) })
  client.on('error', (error) => {
    if (error.message.includes('ECONNREFUSED')) return // it is starting: retryStrategy bounds this
    process.stderr.write(`redis of ${name}: ${error.message}\n`)
  })
  await client.ping()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    commands: () => commands(client),
    memory: () => memory(client),
    quiet: () => quiet(client),
    stop: async () => {
      client.disconnect()
      await server.stop()
      drop(dir)
    },
  }
}

/** The larger of two counts: whether `total_commands_processed` holds the calls inside scripts depends on the version. */
async function commands(client: Redis): Promise<number> {
  const info = await client.info('everything')
  const total = Number(/total_commands_processed:(\d+)/.exec(info)?.[1])
  let sum = 0
  for (const [, name, calls] of info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)) if (name !== 'info') sum += Number(calls)
  const asked = Number(/cmdstat_info:calls=(\d+)/.exec(info)?.[1] ?? 0)
  return Math.max(total - asked, sum)
}

async function memory(client: Redis): Promise<{ used: number; peak: number }> {
  const info = await client.info('memory')
  return { used: Number(/used_memory:(\d+)/.exec(info)?.[1]), peak: Number(/used_memory_peak:(\d+)/.exec(info)?.[1]) }
}

async function quiet(client: Redis): Promise<void> {
  const until = Date.now() + 30_000
  while (Date.now() < until) {
    const info = await client.info('persistence')
    if (/aof_rewrite_in_progress:0/.test(info) && /aof_rewrite_scheduled:0/.test(info)) return
    await delay(100)
  }
}
