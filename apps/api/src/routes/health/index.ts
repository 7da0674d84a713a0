import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { describe } from '../../openapi/operation.ts'

const health = (status: string, description: string) => ({
  description,
  json: Type.Object({ status: Type.Literal(status) }),
  example: { status },
})

const alive = describe({
  tag: 'health',
  id: 'healthz',
  summary: 'Whether the process lives',
  description: 'Asks nobody: it says nothing about Redis.',
  answers: { 200: health('ok', 'It does') },
  errors: [],
})
const ready = describe({
  tag: 'health',
  id: 'readyz',
  summary: 'Whether requests can be served',
  description: 'Asks Redis; within a second it is 200 or 503.',
  answers: { 200: health('ready', 'Redis answers') },
  errors: ['redis-unavailable'],
})

export function addHealthRoutes(app: FastifyInstance, { jobs }: Api): void {
  app.get('/healthz', alive, async () => ({ status: 'ok' }))
  app.get('/readyz', ready, async () => {
    await jobs.ping()
    return { status: 'ready' }
  })
}
