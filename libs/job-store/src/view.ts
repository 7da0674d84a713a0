import { groupKey, jobKey, tenantKey } from '@manyhands/redis'
import { asArray, asNumber, asRecord, asText, type StoreContext } from './context.ts'

/** A job as it stands in Redis, in one look. */
export interface JobView {
  id: string
  record: Record<string, string>
  /** `[name, code, message]` as JSON -> `<count> <first index>`. */
  faults: Record<string, string>
  /** The failed item with the lowest index, as JSON; empty when there is none. */
  firstFailed: string
  workers: number
  /** Credit left of the pool. */
  free: number
  /** unread-results | retry, when the engine feeds nothing of it now; else empty. */
  heldBack: string
  /** Milliseconds by the clock of Redis. */
  now: number
}

export async function viewJob(context: StoreContext, id: string): Promise<JobView | undefined> {
  const reply = asArray(await context.scripts.view(context.tenant, id))
  if (reply.length === 0) return undefined
  const [record, faults, first, workers, free, heldBack, now] = reply
  return {
    id,
    record: asRecord(record),
    faults: asRecord(faults),
    firstFailed: asText(first),
    workers: asNumber(workers),
    free: asNumber(free),
    heldBack: asText(heldBack),
    now: asNumber(now),
  }
}

/** Bytes of an original index. */
const originBytes = 8

/** Ids of jobs, newest first, from a position on. */
export async function listJobIds(context: StoreContext, start: number, count: number): Promise<string[]> {
  return context.redis.zrevrange(tenantKey(context.group, context.tenant, 'jobs'), start, start + count - 1)
}

/** Rows of failed items with an index of at least `from`, in order. */
export async function failedRows(context: StoreContext, id: string, from: number, count: number): Promise<string[]> {
  return context.redis.zrangebyscore(jobKey(context.group, context.tenant, id, 'failed'), from, '+inf', 'LIMIT', 0, count)
}

/** Failed items in the order in which they failed, behind the first `after`. */
export async function failuresBehind({ redis, group, tenant }: StoreContext, id: string, after: number, count: number): Promise<string[]> {
  const key = (name: 'failures' | 'failed') => jobKey(group, tenant, id, name)
  const indexes = await redis.lrange(key('failures'), after, after + count - 1)
  const rows = await Promise.all(indexes.map((index) => redis.zrangebyscore(key('failed'), index, index)))
  return rows.flat()
}

/** Of a retry: the original index of each item. */
export async function originOf(context: StoreContext, id: string): Promise<Float64Array | undefined> {
  const bytes = await context.redis.getBuffer(jobKey(context.group, context.tenant, id, 'origin'))
  return bytes && bytes.length > 0 ? new Float64Array(Uint8Array.from(bytes).buffer) : undefined
}

/** Of a retry: the original indexes of some of its items. */
export async function originsOf({ redis, group, tenant }: StoreContext, id: string, items: number[]): Promise<number[]> {
  const key = jobKey(group, tenant, id, 'origin')
  const bytes = await Promise.all(items.map((item) => redis.getrangeBuffer(key, item * originBytes, (item + 1) * originBytes - 1)))
  // one that is forgotten meanwhile has none
  return bytes.map((row, i) => (row.length === originBytes ? row.readDoubleLE() : (items[i] ?? 0)))
}

/** Names of every function that was ever registered. */
export async function functionNames(context: StoreContext): Promise<string[]> {
  return context.redis.hkeys(groupKey(context.group, 'functions'))
}
