import { media, membersOf, ProblemError, scanJson, type Wire } from '@manyhands/contracts'
import type { FastifyRequest } from 'fastify'

/** The bytes of a JSON body. Throws unsupported-media-type for a body that is none, and for no body. */
export function jsonBytes(request: FastifyRequest): Buffer {
  const { body } = request
  if (Buffer.isBuffer(body)) return body
  const why = body === undefined ? 'the request has no body with a Content-Type' : 'NDJSON is not taken here'
  throw new ProblemError('unsupported-media-type', `${why}; meant is ${media.json}`)
}

/** A route without fields takes no body, or an empty object. Throws unknown-field. */
export function refuseFields(request: FastifyRequest): void {
  if (request.body === undefined || (Buffer.isBuffer(request.body) && request.body.length === 0)) return
  const names = [...membersOf(scanJson(jsonBytes(request))).keys()]
  if (names.length === 0) return
  const errors = names.slice(0, 20).map((name) => ({ pointer: `/${name.slice(0, 64)}`, detail: 'is not a field that exists here' }))
  throw new ProblemError('unknown-field', 'this route takes no fields', { errors })
}

/** Media type of a body, without its parameters. */
export function typeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

export function isLines(request: FastifyRequest): boolean {
  const type = typeOf(request)
  return type === media.ndjson || type === media.taggedLines
}

/** Whether values of this body carry tags. */
export function wireOf(request: FastifyRequest): Wire {
  const type = typeOf(request)
  return type === media.tagged || type === media.taggedLines ? 'tagged' : 'plain'
}
