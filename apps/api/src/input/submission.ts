import { type ApplyCall, type JobOptions, type MapBody, type OpenMapBody, ProblemError } from '@manyhands/contracts'
import { optionFields } from '@manyhands/contracts/schemas'
import type { Idempotency, Submission } from '@manyhands/jobs'
import type { FastifyRequest } from 'fastify'
import { idempotencyOf } from './idempotency.ts'
import { wireOf } from './json-body.ts'

/** A request of a submit. */
export type SubmitRequest = FastifyRequest<{ Params: { pool: string } }>

const optionNames = [...Object.keys(optionFields), 'chunkSize'] as (keyof JobOptions)[]

/** A job as a JSON body asks for it; its input stands beside. */
export function submissionOf(
  request: SubmitRequest,
  kind: Submission['kind'],
  fields: ApplyCall | MapBody | OpenMapBody,
  idempotency: Idempotency | undefined = idempotencyOf(request),
): Submission {
  return {
    kind,
    pool: request.params.pool,
    function: fields.function,
    options: optionsOf(fields),
    wire: wireOf(request),
    length: 'length' in fields ? fields.length : undefined,
    idempotency,
  }
}

/** What is said of the job beside its function and input. */
export function optionsOf(fields: Partial<JobOptions>): JobOptions {
  const given = optionNames.filter((name) => fields[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, fields[name]])) as JobOptions
}

/** The options of a JSON submit stand in its body; in the query they would be passed over in silence. Throws unknown-field. */
export function refuseQuery(request: FastifyRequest): void {
  const names = Object.keys(request.query as object)
  if (names.length === 0) return
  const errors = names.map((name) => ({ pointer: name, detail: 'belongs into the body of a JSON submit' }))
  throw new ProblemError('unknown-field', 'the query holds options of a streamed submit, but the body is JSON', { errors })
}
