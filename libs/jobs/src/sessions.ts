import { randomBytes } from 'node:crypto'
import { ProblemError, type Session } from '@manyhands/contracts'
import { beatSession, endSession, type StoredSession } from '@manyhands/job-store'
import type { JobsContext } from './context.ts'

/** How long a session lives without a heartbeat when nobody said otherwise, in milliseconds. */
const defaultLeaseMs = 10_000

/** A new session: a client's lease, by heartbeats. What belongs to it ends with it. */
export async function openSession({ store }: JobsContext, leaseMs = defaultLeaseMs): Promise<Session> {
  const id = randomBytes(16).toString('base64url')
  return toSession(id, (await beatSession(store, id, leaseMs)) as StoredSession)
}

/** Prolongs the lease. Throws session-not-found. */
export async function prolongSession({ store }: JobsContext, id: string): Promise<Session> {
  const stored = await beatSession(store, id)
  if (!stored) throw noSuchSession(id)
  return toSession(id, stored)
}

/** Its jobs are cancelled. Throws session-not-found. */
export async function closeSession({ store }: JobsContext, id: string): Promise<void> {
  if (!(await endSession(store, id))) throw noSuchSession(id)
}

export const noSuchSession = (id: string) =>
  new ProblemError('session-not-found', `there is no session ${id}: it was ended, or its heartbeats stopped for longer than its lease`)

function toSession(id: string, { leaseMs, jobs, createdAt, expiresAt }: StoredSession): Session {
  return { id, leaseMs, jobs, createdAt: new Date(createdAt).toISOString(), expiresAt: new Date(expiresAt).toISOString() }
}
