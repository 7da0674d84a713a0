import { isArray, isObject, type JsonSpan, media, membersOf, parseSpan, ProblemError, scanJson, type Wire } from '@manyhands/contracts'
import type { FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import { Checker } from './checker.ts'

/** A JSON object that was judged: its fields as values, and those that go to the function as they were written. */
export interface JsonObject<T> {
  fields: T
  raw: ReadonlyMap<string, JsonSpan>
}

/** Fields whose values are never parsed here: they are the function's. */
const rawFields = new Set(['items', 'args', 'kwargs'])

/** Reads objects of one schema out of JSON text. */
export class ObjectReader<T extends TSchema> {
  readonly #checker: Checker<T>

  constructor(schema: T) {
    this.#checker = new Checker(schema)
  }

  /** Throws unknown-field or invalid-parameter; their pointers begin with `base`. */
  read(span: JsonSpan, base = ''): JsonObject<Static<T>> {
    const raw = membersOf(span)
    const shell = isObject(span) ? Object.fromEntries([...raw].map(([name, value]) => [name, rawFields.has(name) ? outline(value) : parseSpan(value)])) : parseSpan(span)
    return { fields: this.#checker.check(shell, (path) => base + path), raw }
  }
}

/** Enough of a value to check its type. */
function outline(value: JsonSpan): unknown {
  if (isArray(value)) return []
  return isObject(value) ? {} : parseSpan(value)
}

/** The JSON text of a request's body. Throws what a body without JSON deserves, and invalid-json, too-deep, number-not-representable. */
export function jsonOf(request: FastifyRequest): JsonSpan {
  const { body } = request
  if (Buffer.isBuffer(body)) return scanJson(body)
  const why = body === undefined ? 'the request has no body with a Content-Type' : 'NDJSON is not taken here'
  throw new ProblemError('unsupported-media-type', `${why}; meant is ${media.json}`)
}

/** A route without fields takes no body, or an empty object. */
export function refuseFields(request: FastifyRequest): void {
  if (request.body === undefined || (Buffer.isBuffer(request.body) && request.body.length === 0)) return
  const names = [...membersOf(jsonOf(request)).keys()]
  if (names.length === 0) return
  const errors = names.map((name) => ({ pointer: `/${name}`, detail: 'is not a field that exists here' }))
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

