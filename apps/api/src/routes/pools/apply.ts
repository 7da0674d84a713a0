import { media } from '@manyhands/contracts'
import type { Idempotency } from '@manyhands/jobs'
import { blockOfLines } from '@manyhands/planning'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { type Call, callsOf } from '../../input/calls.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { type SubmitRequest, submissionOf } from '../../input/submission.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { acceptedJob, idempotencyKey, lines, PoolParams, preferWait, resultAnswer } from '../../openapi/parts.ts'
import { noteReplay } from '../../output/job-answers.ts'
import { answerSubmit } from '../../submit.ts'
import { submitErrors } from './submit-errors.ts'

const body = { schema: Type.Union([ref('ApplyCall'), ref('ApplyMany')]), example: { function: 'square', args: [5] } }
const callLines = {
  schema: lines('One call a line, each as in a JSON submit'),
  example: '{"function":"square","args":[5]}\n{"function":"square","args":[6]}\n',
}

const operation = describe({
  tag: 'pools',
  id: 'apply',
  summary: 'Call a function once, or call many',
  description:
    'Runs `f(...args)`, or `f(...args, kwargs)`. One call is answered with its job; `{"calls":[...]}` or NDJSON with one call a line is answered with ' +
    '`{"jobs":[...]}`: each call is a job of its own, and either all of them are taken or none. With `Prefer: wait=N` one call is answered with its ' +
    'result, if that is there in time; to many it does not apply.',
  params: PoolParams,
  headers: Type.Object({ ...idempotencyKey, ...preferWait }),
  body: { [media.json]: body, [media.tagged]: body, [media.ndjson]: callLines, [media.taggedLines]: callLines },
  answers: {
    200: { ...resultAnswer, example: { value: 25 } },
    202: { ...acceptedJob('The job, or `{"jobs":[...]}`'), json: Type.Union([ref('Job'), Type.Object({ jobs: Type.Array(ref('Job')) })]) },
  },
  errors: [...submitErrors, 'not-found'],
})

export function addApply(app: FastifyInstance, api: Api): void {
  app.post<{ Params: { pool: string } }>('/v1/pools/:pool/apply', operation, async (request, reply) => {
    const calls = await callsOf(request, api)
    return Array.isArray(calls) ? applyMany(api, request, reply, calls) : applyOne(api, request, reply, calls)
  })
}

function applyOne(api: Api, request: SubmitRequest, reply: FastifyReply, { fields, line }: Call): Promise<FastifyReply> {
  const submission = submissionOf(request, 'apply', fields)
  return answerSubmit(api, request, reply, (wait) => api.jobs.submit(submission, [blockOfLines([line])], wait))
}

async function applyMany(api: Api, request: SubmitRequest, reply: FastifyReply, calls: Call[]): Promise<FastifyReply> {
  const idempotency = idempotencyOf(request)
  const submissions = calls.map(({ fields, line }, i) => {
    const own = idempotency && ownKey(idempotency, i, calls.length)
    return { submission: submissionOf(request, 'apply', fields, own), line }
  })
  const submitted = await api.jobs.submitMany(submissions)
  noteReplay(
    reply,
    submitted.every(({ replayed }) => replayed),
  )
  return reply
    .code(202)
    .header('retry-after', '1')
    .send({ jobs: submitted.map(({ job }) => job) })
}

/**
 * Of a call of many: the first stands under the request's own key, the others beside it; no caller's key has a space. Their number belongs
 * to what makes two requests the same, since of a body of lines nothing else may.
 */
function ownKey({ key, fingerprint }: Idempotency, i: number, count: number): Idempotency {
  return { key: i === 0 ? key : `${key} ${i}`, fingerprint: `${fingerprint}/${count}` }
}
