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
