import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { startDriver } from '../driver.ts'
import type { Started } from '../processes.ts'
import { died, start } from '../processes.ts'
import { startRedis } from '../redis-server.ts'
import type { Peer } from '../side.ts'
import { assemble } from '../side.ts'
import { program } from './program.ts'

/** BullMQ alone, tuned by hand: two worker processes. `workers: 0` leaves everything waiting. */
export function bullmq({ workers = 2, concurrency = 100 } = {}): Peer {
  return {
    name: 'BullMQ',
    start: () =>
      assemble('BullMQ', async (stack) => {
        const redis = await stack.add(startRedis('BullMQ'))
        const env = { REDIS_PORT: String(redis.port) }
        for (let i = 0; i < workers; i++) await stack.add(startWorker(env, concurrency))
        const driver = await stack.add(startDriver({ name: 'BullMQ driver', ...program('bullmq-driver.ts'), env }))
        return { driver, redis }
      }),
  }
}

async function startWorker(env: Record<string, string>, concurrency: number): Promise<Started> {
  const { command, args } = program('bullmq-worker.ts')
  const worker = await start({ name: 'BullMQ worker', command, args: [...args, String(concurrency)], env, pipeStdout: true })
  await Promise.race([once(worker.child.stdout as Readable, 'data'), died(worker)])
  return worker
}
