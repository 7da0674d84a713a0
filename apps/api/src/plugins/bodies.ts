import { media, ProblemError } from '@manyhands/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { collect } from '../input/collect.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Largest JSON body of a route, in bytes, where it is not the usual one. */
    jsonBytes?: number
  }
}

export interface BodyLimits {
  /** Largest JSON body, in bytes. */
  jsonBytes: number
  /** Longest wait for a JSON body, in milliseconds. */
  jsonMs: number
}

const otherCharset = /;\s*charset\s*=\s*(?!"?utf-?8"?\s*(;|$))/i

/**
 * What bodies are: JSON comes to handlers as its bytes, which the strict scanner judges; NDJSON as the untouched stream. Anything else is 415.
 */
export function addBodies(app: FastifyInstance, limits: BodyLimits): void {
  app.removeAllContentTypeParsers()
  app.addHook('onRequest', (request, _reply, done) => done(refusalOf(request)))
  app.addContentTypeParser([media.json, media.tagged, media.calls], (request: FastifyRequest) => {
    const length = Number(request.headers['content-length'] ?? 0)
    const { jsonBytes = limits.jsonBytes } = request.routeOptions.config
    return collect(request.raw, { limit: jsonBytes, waitMs: limits.jsonMs, length })
  })
  app.addContentTypeParser([media.ndjson, media.taggedLines], (_request, body, done) => done(null, body))
}

function refusalOf({ headers }: FastifyRequest): ProblemError | undefined {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return new ProblemError('unsupported-encoding', 'bodies are taken as they are; send this one without Content-Encoding')
  }
  const type = headers['content-type']
  if (type !== undefined && otherCharset.test(type))
    return new ProblemError('unsupported-media-type', 'JSON is UTF-8; another charset is not taken')
  return undefined
}
