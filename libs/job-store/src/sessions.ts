import { sessionKey } from '@manyhands/redis'
import { asArray, asNumber, asText, type StoreContext } from './context.ts'

/** Times are milliseconds by the clock of Redis. */
export interface StoredSession {
  leaseMs: number
  createdAt: number
  expiresAt: number
  jobs: number
}

/** Makes a session, or prolongs its lease. Undefined when there is none to prolong. */
export async function beatSession(context: StoreContext, id: string, leaseMs?: number): Promise<StoredSession | undefined> {
  const reply = asArray(await context.scripts['beat-session'](context.tenant, id, leaseMs ?? ''))
  if (reply.length === 0) return undefined
  const [lease, createdAt, expiresAt, jobs] = reply.map(asNumber) as [number, number, number, number]
  return { leaseMs: lease, createdAt, expiresAt, jobs }
}

/** Ends a session and its jobs; false when there is none. */
export async function endSession(context: StoreContext, id: string): Promise<boolean> {
  return asText(await context.scripts['end-session'](context.tenant, id)) === 'ok'
}

/** What was told of a job of a session: its end, an item that failed, or how far it is. `at`: its place. */
export interface SessionRow {
  at: string
  job: string
  /** It has ended so. */
  state?: string
  /** The only stored part of an apply that succeeded, if it is small. */
  part?: string
  /** Index of an item that failed. */
  item?: string
  /** State and items as JSON. */
  progress?: string
}

/** What a session tells. */
export interface Told {
  rows: SessionRow[]
  isOver: boolean
  /** What was told directly behind the place is kept no more. */
  hasGap: boolean
}

const first = '0-0'

/** What was told of the session's jobs behind a place, and whether it is over; for a minute after its end too. Undefined when there is none. */
export async function toldBehind(context: StoreContext, id: string, after: string, count: number): Promise<Told | undefined> {
  const { redis, group, tenant } = context
  const key = (name: 'record' | 'ended') => sessionKey(group, tenant, id, name)
  // in this order: what a session that is over has told is all there
  const isOver = (await redis.exists(key('record'))) === 0
  const [found, isTold] = await Promise.all([redis.xrange(key('ended'), after, '+', 'COUNT', count + 1), redis.exists(key('ended'))])
  if (isOver && isTold === 0) return undefined
  const hasGap = after !== first && found[0]?.[0] !== after
  const rows = found.filter(([at]) => at !== after).slice(0, count)
  return { rows: rows.map(([at, words]) => rowOf(at, words)), isOver, hasGap }
}

function rowOf(at: string, words: string[]): SessionRow {
  const fields: Record<string, string> = {}
  for (let i = 0; i < words.length; i += 2) fields[words[i] ?? ''] = words[i + 1] ?? ''
  return { job: '', ...fields, at }
}
