import type { ItemError, Wire } from '@manyhands/contracts'
import type { Task } from '@manyhands/planning'
import { groupKey, poolKey, tenantKey } from '@manyhands/redis'
import { asArray, asNumber, asTasks, asText, type StoreContext } from './context.ts'

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

/** Hands out nothing more of a function, or goes on with it. Undefined when nobody ever registered it. */
export async function pauseFunction(context: StoreContext, name: string, paused: boolean): Promise<Task[] | undefined> {
  if (asText(await context.scripts['pause-function'](name, paused ? 1 : 0)) === 'gone') return undefined
  return paused ? [] : feedFunction(context, name)
}

async function feedFunction(context: StoreContext, name: string): Promise<Task[]> {
  const tasks: Task[] = []
  let cursor = '0'
  do {
    const [next, more] = asArray(await context.scripts['feed-function'](name, cursor))
    tasks.push(...asTasks(more))
    cursor = asText(next)
  } while (cursor !== '0')
  return tasks
}

export interface StoredFleet {
  functions: Record<string, string>
  /** Name -> `<mean microseconds> <items measured>`. */
  times: Record<string, string>
  /** Names, a space around each. */
  paused: string
  /** Worker records as JSON, each with the time it was heard of last in milliseconds. */
  workers: { json: string; seenAt: number }[]
}

export async function readFleet(context: StoreContext): Promise<StoredFleet> {
  const { redis, group } = context
  const [functions, times, paused, workers, seen] = await Promise.all([
    redis.hgetall(groupKey(group, 'functions')),
    redis.hgetall(groupKey(group, 'functionTimes')),
    redis.get(groupKey(group, 'pausedFunctions')),
    redis.hgetall(groupKey(group, 'workers')),
    redis.zrange(groupKey(group, 'workersSeen'), '-inf', '+inf', 'BYSCORE', 'WITHSCORES'),
  ])
  return { functions, times, paused: paused ?? '', workers: liveWorkers(workers, seen) }
}

function liveWorkers(workers: Record<string, string>, seen: string[]): StoredFleet['workers'] {
  const found: StoredFleet['workers'] = []
  for (let i = 0; i < seen.length; i += 2) {
    const record = workers[seen[i] ?? '']
    if (record !== undefined) found.push({ json: record.slice(record.indexOf(' ') + 1), seenAt: Number(seen[i + 1]) })
  }
  return found
}

/** Fields of a pool's record (docs/redis-keys.md); null takes one away, an absent one stays. */
export interface PoolChange {
  processes?: number | null | undefined
  paused?: true | null | undefined
  initializer?: string | null | undefined
  initArgs?: string | null | undefined
  initWire?: Wire | null | undefined
  maxTasksPerChild?: number | null | undefined
  priority?: number | null | undefined
  rateMax?: number | null | undefined
  ratePerMs?: number | null | undefined
}
export type PoolState = 'closed' | 'terminated'
export type PutPoolReply = { type: 'ok'; tasks: Task[] } | { type: 'pool-closed'; state: PoolState }

/** Creates or changes a pool. */
export async function putPool(context: StoreContext, pool: string, change: PoolChange): Promise<PutPoolReply> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  const words = given.flatMap(([name, value]) => [name, value === null ? '' : value === true ? '1' : String(value)])
  const [type, rest] = asArray(await context.scripts.pool(context.tenant, pool, ...words))
  if (asText(type) === 'pool-closed') return { type: 'pool-closed', state: asText(rest) as PoolState }
  return { type: 'ok', tasks: asTasks(rest) }
}

export interface PoolEnd {
  /** What the pool is from now on; absent: it stays open. */
  state?: PoolState
  /** How its jobs end; absent: they run on. */
  jobs?: { state: 'cancelled' | 'failed'; error: ItemError }
  /** Only while it has this version of its settings; absent: any. */
  version?: string
}

/** Takes no more jobs, and ends those that live. Undefined when there is no such pool, or none of the version. */
export async function endPool(
  context: StoreContext,
  pool: string,
  { state = '' as PoolState, jobs, version = '' }: PoolEnd,
): Promise<Task[] | undefined> {
  const tasks: Task[] = []
  let left = Number.POSITIVE_INFINITY
  while (left > 0) {
    const ending = [jobs?.state ?? '', JSON.stringify(jobs?.error ?? null)]
    const reply = await context.scripts['end-pool'](context.tenant, pool, state, ...ending, version)
    const [now, more] = asArray(reply)
    if (asNumber(now) < 0) return undefined
    tasks.push(...asTasks(more))
    left = jobs ? asNumber(now) : 0
  }
  return tasks
}

export async function dropPool(context: StoreContext, pool: string): Promise<'ok' | 'gone' | 'busy'> {
  return asText(await context.scripts['drop-pool'](context.tenant, pool)) as 'ok' | 'gone' | 'busy'
}

export interface StoredPool {
  name: string
  record: Record<string, string>
  /** Tasks that are handed out, but for those that are parked. */
  out: number
  /** Jobs that have not ended. */
  live: number
}

export async function poolNames(context: StoreContext): Promise<string[]> {
  return (await context.redis.smembers(tenantKey(context.group, context.tenant, 'pools'))).sort()
}

export async function readPool(context: StoreContext, name: string): Promise<StoredPool> {
  const { redis, group, tenant } = context
  const [record, out, parked, live] = await Promise.all([
    redis.hgetall(poolKey(group, tenant, name, 'record')),
    redis.hlen(poolKey(group, tenant, name, 'out')),
    redis.zcard(poolKey(group, tenant, name, 'parked')),
    redis.scard(poolKey(group, tenant, name, 'live')),
  ])
  return { name, record, out: out - parked, live }
}
