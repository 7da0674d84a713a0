import { limits, media } from '@manyhands/contracts'
import { JobId, PoolName } from '@manyhands/contracts/schemas'
import Type, { type TSchema } from 'typebox'
import { ref } from './components.ts'
import type { Answer } from './operation.ts'

/** Pieces that several operations share. */
export const JobParams = Type.Object({ id: JobId }, { additionalProperties: false })
export const PoolParams = Type.Object({ pool: PoolName }, { additionalProperties: false })

export const wait = {
  wait: Type.Optional(
    Type.Number({ minimum: 0, maximum: limits.waitSeconds, description: 'Seconds to wait for the end; default 0', examples: [10] }),
  ),
}

export const idempotencyKey = {
  'Idempotency-Key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Your own word for this request: sent again, it answers with the same job and `Idempotency-Replayed: true`',
    }),
  ),
}
export const preferWait = {
  Prefer: Type.Optional(
    Type.String({
      description:
        '`wait=N`: up to N (at most 30) seconds are waited for the result of one job that is sent as JSON. It does not apply to an NDJSON body or to ' +
        'many calls: those are answered with their jobs, and `GET /v1/jobs/{id}/result?wait=N` waits. `Preference-Applied` says that it was applied.',
      examples: ['wait=10'],
    }),
  ),
}

const submitHeaders: Record<string, TSchema> = {
  Location: Type.String({ description: '/v1/jobs/{id}' }),
  'Idempotency-Replayed': Type.String({ description: '`true` if the same Idempotency-Key had made the job before' }),
}
export const retryAfter = { 'Retry-After': Type.Integer({ description: 'Seconds after which asking again makes sense' }) }

export const jobAnswer = (description: string): Answer => ({ description, json: ref('Job'), example: jobExample })
export const acceptedJob = (description: string): Answer => ({ ...jobAnswer(description), headers: { ...submitHeaders, ...retryAfter } })

export const resultAnswer: Answer = {
  description: 'The job has ended; its whole result. `Preference-Applied` says that it was waited for.',
  content: { [media.json]: ref('Result'), [media.tagged]: ref('Result') },
  example: { values: [1, 4, 9] },
  headers: { ...submitHeaders, 'Preference-Applied': Type.String({ description: 'wait=N' }) },
}

export const lines = (description: string): TSchema => Type.Unsafe<string>({ type: 'string', description })

export const jobExample = {
  id: 'default~hXo8q1kBS5Gq2mYJ0b3k1A',
  kind: 'map',
  function: 'square',
  pool: 'default',
  state: 'running',
  waitingFor: null,
  items: { total: 3, done: 1, failed: 0 },
  errors: [],
  usage: { itemMs: 0.4, cpuMs: 0.4, waitMs: 1, wallMs: 2, slots: 1, efficiency: 0.2, bytesIn: 6, bytesOut: 2, attempts: 1 },
  builds: ['4f1c2d3e'],
  results: 'keep',
  labels: {},
  createdAt: '2026-11-22T20:00:00.000Z',
  startedAt: '2026-11-22T20:00:00.001Z',
  finishedAt: null,
  stoppedAt: null,
  error: null,
}
