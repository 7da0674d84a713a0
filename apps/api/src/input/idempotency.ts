import { hash } from 'node:crypto'
import { ProblemError } from '@manyhands/contracts'
import type { Idempotency } from '@manyhands/jobs'
import type { FastifyRequest } from 'fastify'
import { typeOf } from './json-body.ts'

const visible = /^[\x21-\x7e]{1,255}$/

/**
 * What makes two requests the same (engine.md: Input): route, query, media type and the body; of a stream, which is not there yet, its
 * Content-Digest. Undefined without an Idempotency-Key; throws invalid-idempotency-key.
 */
export function idempotencyOf(request: FastifyRequest): Idempotency | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !visible.test(key)) throw refusal()
  const body = Buffer.isBuffer(request.body) ? hash('sha256', request.body) : String(request.headers['content-digest'] ?? '')
  return { key, fingerprint: hash('sha256', `${request.method} ${request.url}\n${typeOf(request)}\n${body}`, 'base64url') }
}

function refusal(): ProblemError {
  const detail = 'is 1 to 255 visible ASCII characters'
  return new ProblemError('invalid-idempotency-key', `an Idempotency-Key ${detail}`, { errors: [{ pointer: 'Idempotency-Key', detail }] })
}
