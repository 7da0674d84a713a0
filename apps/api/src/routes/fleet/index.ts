import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'

const functions = describe({
  tag: 'fleet',
  id: 'listFunctions',
  summary: 'List functions',
  description: 'Every function that a worker has ever registered; `workers` says how many have it now.',
  answers: { 200: { description: 'By name', json: Type.Object({ functions: Type.Array(ref('Function')) }) } },
  errors: [],
})
const workers = describe({
  tag: 'fleet',
  id: 'listWorkers',
  summary: 'List workers',
  description: 'Workers that are up, the newest first.',
  answers: { 200: { description: 'Live workers', json: Type.Object({ workers: Type.Array(ref('Worker')) }) } },
  errors: [],
})

/** Who can run what. */
export function addFleetRoutes(app: FastifyInstance, { jobs }: Api): void {
  app.get('/v1/functions', functions, async () => ({ functions: await jobs.functions() }))
  app.get('/v1/workers', workers, async () => ({ workers: await jobs.workers() }))
}
