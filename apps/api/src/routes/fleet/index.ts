import { FunctionName } from '@manyhands/contracts/schemas'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { refuseFields } from '../../input/json-body.ts'
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

const FunctionParams = Type.Object({ function: FunctionName }, { additionalProperties: false })
const pausing = (id: string, summary: string, description: string) =>
  describe({
    tag: 'fleet',
    id,
    summary,
    description,
    params: FunctionParams,
    answers: { 200: { description: 'The function', json: ref('Function') } },
    errors: ['function-not-found'],
  })
const pause = pausing('pauseFunction', 'Hand out nothing more of a function', 'What runs goes on; jobs are taken, and wait.')
const resume = pausing('resumeFunction', 'Hand out again', 'The end of a pause.')

interface OfFunction {
  Params: { function: string }
}

/** Who can run what. */
export function addFleetRoutes(app: FastifyInstance, { jobs }: Api): void {
  for (const [word, operation] of [
    ['pause', pause],
    ['resume', resume],
  ] as const) {
    app.post<OfFunction>(`/v1/functions/:function/${word}`, operation, async (request) => {
      refuseFields(request)
      return jobs.pauseFunction(request.params.function, word === 'pause')
    })
  }
  app.get('/v1/functions', functions, async () => ({ functions: await jobs.functions() }))
  app.get('/v1/workers', workers, async () => ({ workers: await jobs.workers() }))
}
