import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { refuseFields } from '../../input/json-body.ts'
import { describe } from '../../openapi/operation.ts'
import { JobParams } from '../../openapi/parts.ts'
import { processAnswer } from './parts.ts'

const ending = (id: string, summary: string, description: string) =>
  describe({
    tag: 'processes',
    id,
    summary,
    description,
    params: JobParams,
    answers: { 200: processAnswer('The process') },
    errors: ['not-found'],
  })
const harmless = 'One that still waits never runs. An ended process stays as it is.'

const terminating = ending(
  'terminateProcess',
  'Terminate a process',
  `SIGTERM, as of Python: exit code -15, unless the function handles it. ${harmless}`,
)
const killing = ending('killProcess', 'Kill a process', `SIGKILL: exit code -9. ${harmless}`)
const forgetting = describe({
  tag: 'processes',
  id: 'forgetProcess',
  summary: 'Forget an ended process',
  description: 'Its record and its output go at once; the id is unknown then.',
  params: JobParams,
  answers: { 204: { description: 'It is gone' } },
  errors: ['not-found', 'job-not-ended'],
})

interface OfProcess {
  Params: { id: string }
}

export function addEnds(app: FastifyInstance, { jobs }: Api): void {
  app.post<OfProcess>('/v1/processes/:id/terminate', terminating, (request) => {
    refuseFields(request)
    return jobs.signalProcess(request.params.id, 'SIGTERM')
  })
  app.post<OfProcess>('/v1/processes/:id/kill', killing, (request) => {
    refuseFields(request)
    return jobs.signalProcess(request.params.id, 'SIGKILL')
  })
  app.delete<OfProcess>('/v1/processes/:id', forgetting, async (request, reply) => {
    refuseFields(request)
    await jobs.forgetProcess(request.params.id)
    return reply.code(204).send()
  })
}
