import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { refuseFields } from '../../input/json-body.ts'
import { describe } from '../../openapi/operation.ts'
import { acceptedJob, idempotencyKey, JobParams, jobAnswer } from '../../openapi/parts.ts'
import { noteReplay, sendAccepted } from '../../output/job-answers.ts'

const cancelling = describe({
  tag: 'jobs',
  id: 'cancelJob',
  summary: 'Cancel a job',
  description:
    'What runs is killed, what waits never runs. `stoppedAt` is set when the last process has stopped. An ended job stays as it is.',
  params: JobParams,
  answers: { 200: jobAnswer('The job') },
  errors: ['not-found'],
})
const retrying = describe({
  tag: 'jobs',
  id: 'retryJob',
  summary: 'Run the failed items again',
  description: 'Makes a new job of the failed items of an ended one (`retryOf`). They keep their indexes.',
  params: JobParams,
  headers: Type.Object(idempotencyKey),
  answers: { 202: acceptedJob('The new job') },
  errors: [
    'not-found',
    'job-not-ended',
    'invalid-idempotency-key',
    'idempotency-in-progress',
    'idempotency-key-reused',
    'quota-exceeded',
    'store-full',
  ],
})
const forgetting = describe({
  tag: 'jobs',
  id: 'forgetJob',
  summary: 'Forget an ended job',
  description: 'Its record and results go at once; the id is unknown then.',
  params: JobParams,
  answers: { 204: { description: 'It is gone' } },
  errors: ['not-found', 'job-not-ended'],
})

interface Job {
  Params: { id: string }
}

export function addEnds(app: FastifyInstance, { jobs }: Api): void {
  app.post<Job>('/v1/jobs/:id/cancel', cancelling, (request) => {
    refuseFields(request)
    return jobs.cancel(request.params.id)
  })
  app.post<Job>('/v1/jobs/:id/retry', retrying, async (request, reply) => {
    refuseFields(request)
    const { job, replayed } = await jobs.retry(request.params.id, idempotencyOf(request))
    noteReplay(reply, replayed)
    sendAccepted(reply, job)
    return reply
  })
  app.delete<Job>('/v1/jobs/:id', forgetting, async (request, reply) => {
    refuseFields(request)
    await jobs.forget(request.params.id)
    return reply.code(204).send()
  })
}
