import type { Task } from '@manyhands/planning'
import { groupKey, poolKey, tenantKey } from '@manyhands/redis'
import { asTasks, asText, type StoreContext } from './context.ts'

/** A worker that is silent this long is gone, in milliseconds. */
export const workerSilenceMs = 15_000

/** A worker says that it lives. */
export async function heartbeat(context: StoreContext, worker: string, record: string, processes: number): Promise<void> {
  await context.scripts.heartbeat(worker, record, processes)
}

/** A worker leaves in good order. */
export async function leave(context: StoreContext, worker: string): Promise<void> {
  await context.scripts.heartbeat(worker, '', 0)
}

/** Records of a worker's functions: they outlive it. */
export async function registerFunctions(context: StoreContext, records: { name: string; json: string }[]): Promise<void> {
  if (records.length > 0) await context.scripts.register(...records.flatMap(({ name, json }) => [name, json]))
}

export interface StoredFleet {
  functions: Record<string, string>
  /** Name -> `<mean microseconds> <items measured>`. */
  times: Record<string, string>
  /** Worker records as JSON, each with the time it was heard of last in milliseconds. */
  workers: { json: string; seenAt: number }[]
}

export async function readFleet(context: StoreContext): Promise<StoredFleet> {
  const { redis, group } = context
  const [functions, times, workers, seen] = await Promise.all([
    redis.hgetall(groupKey(group, 'functions')),
    redis.hgetall(groupKey(group, 'functionTimes')),
    redis.hgetall(groupKey(group, 'workers')),
    redis.zrange(groupKey(group, 'workersSeen'), '-inf', '+inf', 'BYSCORE', 'WITHSCORES'),
  ])
  return { functions, times, workers: liveWorkers(workers, seen) }
}

function liveWorkers(workers: Record<string, string>, seen: string[]): StoredFleet['workers'] {
  const found: StoredFleet['workers'] = []
  for (let i = 0; i < seen.length; i += 2) {
    const record = workers[seen[i] ?? '']
    if (record !== undefined) found.push({ json: record.slice(record.indexOf(' ') + 1), seenAt: Number(seen[i + 1]) })
  }
  return found
}

/** Creates or changes a pool. */
export async function putPool(context: StoreContext, pool: string, processes: number | null): Promise<Task[]> {
  return asTasks(await context.scripts.pool(context.tenant, pool, processes ?? ''))
}

export async function dropPool(context: StoreContext, pool: string): Promise<'ok' | 'gone' | 'busy'> {
  return asText(await context.scripts['drop-pool'](context.tenant, pool)) as 'ok' | 'gone' | 'busy'
}

export interface StoredPool {
  name: string
  record: Record<string, string>
  out: number
  ring: number
}

export async function poolNames(context: StoreContext): Promise<string[]> {
  return (await context.redis.smembers(tenantKey(context.group, context.tenant, 'pools'))).sort()
}

export async function readPool(context: StoreContext, name: string): Promise<StoredPool> {
  const { redis, group, tenant } = context
  const [record, out, ring] = await Promise.all([
    redis.hgetall(poolKey(group, tenant, name, 'record')),
    redis.hlen(poolKey(group, tenant, name, 'out')),
    redis.llen(poolKey(group, tenant, name, 'ring')),
  ])
  return { name, record, out, ring }
}
