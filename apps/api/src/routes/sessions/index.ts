import { media, parseSpan, scanJson } from '@manyhands/contracts'
import { NewSession, SessionId } from '@manyhands/contracts/schemas'
import { endHolder, renewLocks } from '@manyhands/shared-state'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { jsonBytes, refuseFields } from '../../input/json-body.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { idempotencyKey } from '../../openapi/parts.ts'
import { addEvents } from './events.ts'

const body = new Checker(NewSession)
const SessionParams = Type.Object({ session: SessionId }, { additionalProperties: false })
interface OfSession {
  Params: { session: string }
}

const example = {
  id: 'hXo8q1kBS5Gq2mYJ0b3k1A',
  leaseMs: 10_000,
  jobs: 0,
  createdAt: '2026-11-22T20:00:00.000Z',
  expiresAt: '2026-11-22T20:00:10.000Z',
}
const oneSession = { description: 'The session', json: ref('Session'), example }

const opening = describe({
  tag: 'sessions',
  id: 'openSession',
  summary: 'Open a session',
  description:
    "A client's lease, kept up by heartbeats. Jobs that name it (`session`) are cancelled when it ends, and what runs of them is killed.",
  headers: Type.Object(idempotencyKey),
  body: { [media.json]: { schema: ref('NewSession'), example: { leaseMs: 10_000 } } },
  answers: { 201: { ...oneSession, headers: { Location: Type.String({ description: '/v1/sessions/{session}' }) } } },
  errors: ['invalid-idempotency-key'],
})
const beating = describe({
  tag: 'sessions',
  id: 'beatSession',
  summary: 'Keep a session alive',
  description: 'Its lease begins anew. Three heartbeats a lease are a good measure.',
  params: SessionParams,
  answers: { 200: oneSession },
  errors: ['session-not-found'],
})
const ending = describe({
  tag: 'sessions',
  id: 'endSession',
  summary: 'End a session',
  description: 'Its jobs are cancelled now.',
  params: SessionParams,
  answers: { 204: { description: 'It has ended' } },
  errors: ['session-not-found'],
})

/** /v1/sessions: leases of clients. */
export function addSessionRoutes(app: FastifyInstance, api: Api): void {
  const { jobs, shared } = api
  addEvents(app, api)
  app.post('/v1/sessions', opening, async (request, reply) => {
    // one that nobody keeps up ends by itself: the key is only checked
    idempotencyOf(request)
    const { leaseMs } = body.check(parseSpan(scanJson(jsonBytes(request))))
    const session = await jobs.openSession(leaseMs)
    return reply.code(201).header('location', `/v1/sessions/${session.id}`).send(session)
  })
  app.put<OfSession>('/v1/sessions/:session/heartbeat', beating, async (request) => {
    refuseFields(request)
    const session = await jobs.prolongSession(request.params.session)
    return { ...session, locks: await renewLocks(shared, session.id) }
  })
  app.delete<OfSession>('/v1/sessions/:session', ending, async (request, reply) => {
    refuseFields(request)
    await jobs.closeSession(request.params.session)
    await endHolder(shared, request.params.session)
    return reply.code(204).send()
  })
}
