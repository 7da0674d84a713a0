import type { Static } from 'typebox'
import Type from 'typebox'
import { sessionIdPattern } from './ids.ts'

export const SessionId = Type.String({ pattern: sessionIdPattern, description: 'A session', examples: ['hXo8q1kBS5Gq2mYJ0b3k1A'] })
export const NewSession = Type.Object(
  {
    leaseMs: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 3_600_000,
        description: 'How long it lives without a heartbeat, in milliseconds; default 10 s',
      }),
    ),
  },
  { additionalProperties: false },
)

/** A client's lease: what belongs to it ends with it. */
export const Session = Type.Object({
  id: SessionId,
  leaseMs: Type.Integer(),
  jobs: Type.Integer({ description: 'Live jobs that end with it' }),
  locks: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Of a heartbeat: the locks it holds, whose leases began anew: "<manager>/<type>/<name> <token>"',
    }),
  ),
  createdAt: Type.String({ format: 'date-time' }),
  expiresAt: Type.String({ format: 'date-time' }),
})
export type Session = Static<typeof Session>
