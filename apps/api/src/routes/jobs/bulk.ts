import { isEnded, type JobState, jobStates, ProblemError } from '@manyhands/contracts'
import { FunctionName, JobId, PoolName } from '@manyhands/contracts/schemas'
import type { BulkFilter, BulkOutcome } from '@manyhands/jobs'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { refuseFields } from '../../input/json-body.ts'
import { Label, labelPattern, labelsOf } from '../../input/labels.ts'
import { describe } from '../../openapi/operation.ts'

const defaultLimit = 100

/** The filter of the list of jobs; of the states those in which there is something to do. */
const queryOf = (states: JobState[]) =>
  Type.Object(
    {
      state: Type.Optional(Type.Unsafe<JobState>(Type.String({ enum: states, description: 'Only jobs in this state' }))),
      function: Type.Optional(FunctionName),
      pool: Type.Optional(PoolName),
      parent: Type.Optional({ ...JobId, description: 'Only jobs that items of this job have submitted' }),
      'label.x': Type.Optional(Label),
      all: Type.Optional(Type.Literal(true, { description: 'Every job is meant: needed where no filter is given' })),
      dryRun: Type.Optional(Type.Boolean({ description: 'true: nothing is done; the answer tells which jobs are meant' })),
      cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The `cursor` of the answer before' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most jobs of one request; default 100' })),
    },
    { additionalProperties: false, patternProperties: { [labelPattern]: Label } },
  )
const CancelQuery = queryOf(jobStates.filter((state) => !isEnded(state)))
const RetryQuery = queryOf(jobStates.filter(isEnded))
type BulkQuery = Static<typeof CancelQuery>

const Refused = Type.Object({ id: JobId, code: Type.String(), detail: Type.String() })
const answerFields = {
  dryRun: Type.Boolean(),
  count: Type.Integer({ description: 'Jobs of this answer' }),
  jobs: Type.Array(JobId, { description: 'The jobs it was done with; with `dryRun`, those that are meant' }),
  refused: Type.Array(Refused, { description: 'Jobs that could not' }),
  cursor: Type.Union([Type.String(), Type.Null()], { description: 'Not null: there may be more jobs, from here on' }),
}
const example = { dryRun: false, count: 1, jobs: ['default~hXo8q1kBS5Gq2mYJ0b3k1A'], refused: [], cursor: null }

const selection =
  'The filter is that of the list of jobs, and stands in the query; without one, `all=true` is needed. At most `limit` jobs, and a few seconds, are ' +
  'taken by one request: send it again with the `cursor`.'
const cancelling = describe({
  tag: 'jobs',
  id: 'cancelJobs',
  summary: 'Cancel many jobs',
  description: `As the cancel of each. ${selection}`,
  query: CancelQuery,
  answers: { 200: { description: 'What was cancelled', json: Type.Object(answerFields), example } },
  errors: ['filter-required'],
})
const retries = Type.Array(JobId, { description: 'The new jobs, in the order of `jobs`; none with `dryRun`' })
const retrying = describe({
  tag: 'jobs',
  id: 'retryJobs',
  summary: 'Run the failed items of many jobs again',
  description: `As the retry of each ended job that has failed items, but for those whose retry is there already: sent again, nothing runs twice. ${selection}`,
  query: RetryQuery,
  answers: {
    200: {
      description: 'What was retried',
      json: Type.Object({ ...answerFields, retries }),
      example: { ...example, retries: ['default~a1kBS5Gq2mYJ0b3k1AhXo8'] },
    },
  },
  errors: ['filter-required', 'quota-exceeded', 'store-full'],
})

export function addBulk(app: FastifyInstance, { jobs }: Api): void {
  app.post<{ Querystring: BulkQuery }>('/v1/jobs/cancel', cancelling, async (request) => {
    refuseFields(request)
    return answer(request.query, await jobs.cancelMany(filterOf(request.query)))
  })
  app.post<{ Querystring: BulkQuery }>('/v1/jobs/retry', retrying, async (request) => {
    refuseFields(request)
    return answer(request.query, await jobs.retryMany(filterOf(request.query)))
  })
}

function filterOf(query: BulkQuery): BulkFilter {
  const { state, function: name, pool, parent, all, dryRun = false, cursor, limit = defaultLimit } = query
  const labels = labelsOf(query)
  if (!(state || name || pool || parent || labels || all)) {
    throw new ProblemError(
      'filter-required',
      'no job is meant by nothing: give state, function, pool, parent or label.x, or all=true for every job',
    )
  }
  const filter = {
    ...(state && { state }),
    ...(name && { function: name }),
    ...(pool && { pool }),
    ...(parent && { parent }),
    ...(cursor && { cursor }),
  }
  return { ...filter, labels: labels ?? {}, limit, dryRun }
}

const answer = ({ dryRun = false }: BulkQuery, outcome: BulkOutcome) => ({ dryRun, count: outcome.jobs.length, ...outcome })
