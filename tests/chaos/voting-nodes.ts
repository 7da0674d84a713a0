import { closeRedis, connectRedis, lockNodeKey, objectKey, type Redis } from '@manyhands/redis'
import { type FaultProxy, faultProxy, startTestRedis } from '@manyhands/testing'
import { onTestFinished } from 'vitest'

/** A Redis that votes for locks, behind a proxy. */
export interface VotingNode {
  /** Through the proxy. */
  url: string
  proxy: FaultProxy
  /** Straight to it. */
  redis: Redis
  /** It forgets everything, and has another run id. */
  restart(): Promise<void>
}

/** They end with the test. */
export async function startNodes(count: number): Promise<VotingNode[]> {
  return Promise.all(Array.from({ length: count }, startNode))
}

async function startNode(): Promise<VotingNode> {
  const server = await startTestRedis()
  const proxy = await faultProxy(server.url)
  const redis = connectRedis(server.url, 'store', () => undefined)
  onTestFinished(async () => {
    await closeRedis(redis)
    await proxy.close()
    await server.stop()
  })
  return { url: proxy.url, proxy, redis, restart: () => server.kill().then(() => server.restart()) }
}

/** Nodes that have the lock's key, whoever holds it. */
export async function nodesWith(nodes: VotingNode[], group: string, name: string): Promise<number> {
  const all = await Promise.all(nodes.map(({ redis }) => redis.exists(lockNodeKey(group, 'default', `default/lock/${name}`))))
  return all.reduce((sum, one) => sum + one, 0)
}

/** The Redis of the data forgets that somebody has the lock, as a replica may that took over. */
export async function forget(data: Redis, group: string, name: string): Promise<void> {
  await data.del(objectKey(group, 'default', { manager: 'default', type: 'lock', name }, 'held'))
}
