import type { ErrorCode } from '@manyhands/contracts'
import { ProblemError } from '@manyhands/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { dropRest } from '../input/rest.ts'
import type { Log } from '../log.ts'
import { jsonText } from '../output/json-text.ts'
import { problemDocument, problemType, toProblem } from '../problem.ts'
import { RouteMap } from './route-map.ts'

/** Answers whatever a hook, parser or handler threw. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const problem = toProblem(error)
  if (problem.code === 'internal')
    log.error({ err: error, request: request.id, method: request.method, path: request.url.split('?')[0] }, 'a request failed')
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter))
  if (problem.code === 'request-timeout') reply.header('connection', 'close')
  else reply.removeHeader('connection')
  reply.code(problem.status).type(problemType).serializer(jsonText).send(problemDocument(problem, request.id))
  dropRest(request.raw)
}

/** Problem details for every error, the ones that Fastify throws included; 404 and 405 (with Allow) where no route fits. */
export function addErrors(app: FastifyInstance, log: Log): void {
  const routes = new RouteMap()
  app.addHook('onRoute', (route) => routes.add([route.method].flat(), route.url))
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const allowed = routes.methodsOf(path)
    if (allowed.length > 0) reply.header('allow', allowed.join(', '))
    throw nowhere(allowed.length > 0 ? 'method-not-allowed' : 'route-not-found', request.method, path, allowed)
  })
}

function nowhere(code: ErrorCode, method: string, path: string, allowed: string[]): ProblemError {
  const hint = allowed.length > 0 ? `meant is ${allowed.join(' or ')}` : '/openapi.json lists the routes'
  return new ProblemError(code, `${method} ${path.slice(0, 200)} is no route; ${hint}`)
}
