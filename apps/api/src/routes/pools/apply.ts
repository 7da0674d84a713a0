import { type Job, media } from '@manyhands/contracts'
import type { Submission } from '@manyhands/jobs'
import { blockOfLines } from '@manyhands/planning'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { type Call, callsOf } from '../../input/calls.ts'
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
    '`{"jobs":[...]}`: each call is a job of its own. With `Prefer: wait=N` one call is answered with its result, if that is there in time.',
  params: PoolParams,
  headers: Type.Object({ ...idempotencyKey, ...preferWait }),
  body: { [media.json]: body, [media.tagged]: body, [media.ndjson]: callLines, [media.taggedLines]: callLines },
  answers: {
    200: { ...resultAnswer, example: { value: 25 } },
    202: { ...acceptedJob('The job, or `{"jobs":[...]}`'), json: Type.Union([ref('Job'), Type.Object({ jobs: Type.Array(ref('Job')) })]) },
  },
  errors: submitErrors,
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
  const submissions = calls.map(({ fields, line }) => ({ submission: submissionOf(request, 'apply', fields), line }))
  const isKeyed = submissions[0]?.submission.idempotency !== undefined
  const jobs = isKeyed ? await submitKeyed(api, reply, submissions) : await api.jobs.submitMany(submissions)
  return reply.code(202).header('retry-after', '1').send({ jobs })
}

/** Each call under a key of its own, made of the request's: a request that was cut is completed when it is sent again. */
async function submitKeyed(api: Api, reply: FastifyReply, calls: { submission: Submission; line: Buffer }[]): Promise<Job[]> {
  const submitted = await Promise.all(
    calls.map(({ submission, line }, i) => api.jobs.submit(withOwnKey(submission, i), [blockOfLines([line])])),
  )
  noteReplay(
    reply,
    submitted.every(({ replayed }) => replayed),
  )
  return submitted.map(({ job }) => job)
}

/** No caller's key has a space, so that these are nobody else's. */
function withOwnKey(submission: Submission, i: number): Submission {
  const { idempotency } = submission
  return idempotency ? { ...submission, idempotency: { ...idempotency, key: `${idempotency.key} ${i}` } } : submission
}
