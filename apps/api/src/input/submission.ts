import { type ApplyCall, type JobOptions, type MapBody, optionFields, type OpenMapBody, ProblemError } from '@manyhands/contracts'
import type { Submission } from '@manyhands/jobs'
import type { FastifyRequest } from 'fastify'
import { oneLine } from './apply-line.ts'
import { idempotencyOf } from './idempotency.ts'
import { type JsonObject, wireOf } from './json-body.ts'

type Body = ApplyCall | MapBody | OpenMapBody
const optionNames = [...Object.keys(optionFields), 'chunkSize'] as (keyof JobOptions)[]

/** A job as a JSON body asks for it; its input stands beside. */
export function submissionOf(request: FastifyRequest<{ Params: { pool: string } }>, kind: Submission['kind'], { fields, raw }: JsonObject<Body>): Submission {
  refuseQuery(request)
  const constants = kind === 'apply' ? undefined : raw.get('args')
  return {
    kind,
    pool: request.params.pool,
    function: fields.function,
    options: optionsOf(fields),
    constants: constants && oneLine(constants).toString(),
    wire: wireOf(request),
    length: 'length' in fields ? fields.length : undefined,
    idempotency: idempotencyOf(request),
  }
}

export function optionsOf(fields: Partial<JobOptions>): JobOptions {
  const given = optionNames.filter((name) => fields[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, fields[name]])) as JobOptions
}

/** The options of a JSON submit stand in its body; in the query they would be passed over in silence. */
export function refuseQuery(request: FastifyRequest): void {
  const names = Object.keys(request.query as object)
  if (names.length === 0) return
  const errors = names.map((name) => ({ pointer: name.slice(0, 64), detail: 'belongs into the body of a JSON submit' }))
  throw new ProblemError('unknown-field', 'the query holds options of a streamed submit, but the body is JSON', { errors })
}
