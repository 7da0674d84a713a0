import { type JobState, jobStates } from '@manyhands/contracts'
import { FunctionName, JobId, PoolName } from '@manyhands/contracts/schemas'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { Label, labelPattern, labelsOf } from '../../input/labels.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { JobParams, jobAnswer, jobExample, wait } from '../../openapi/parts.ts'

const WaitQuery = Type.Object(wait, { additionalProperties: false })
const ListQuery = Type.Object(
  {
    state: Type.Optional(Type.Unsafe<JobState>(Type.String({ enum: [...jobStates], description: 'Only jobs in this state' }))),
    function: Type.Optional(FunctionName),
    pool: Type.Optional(PoolName),
    parent: Type.Optional({ ...JobId, description: 'Only jobs that items of this job have submitted' }),
    cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The `cursor` of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most jobs of one page; default 100' })),
    'label.x': Type.Optional(Label),
  },
  { additionalProperties: false, patternProperties: { [labelPattern]: Label } },
)
const defaultLimit = 100

const listing = describe({
  tag: 'jobs',
  id: 'listJobs',
  summary: 'List jobs',
  description: 'Newest first, a page at a time. A page may be shorter than `limit`; there is another one as long as `cursor` is not null.',
  query: ListQuery,
  answers: {
    200: {
      description: 'A page',
      json: Type.Object({ jobs: Type.Array(ref('Job')), cursor: Type.Union([Type.String(), Type.Null()]) }),
      example: { jobs: [jobExample], cursor: null },
    },
  },
  errors: [],
})
const looking = describe({
  tag: 'jobs',
  id: 'getJob',
  summary: 'Look at a job',
  description: 'The job as it stands; with `wait`, as soon as it has ended or the time is over.',
  params: JobParams,
  query: WaitQuery,
  answers: { 200: jobAnswer('The job') },
  errors: ['not-found', 'quota-exceeded'],
})

export function addLooks(app: FastifyInstance, { jobs, held }: Api): void {
  app.get<{ Querystring: Static<typeof ListQuery> }>('/v1/jobs', listing, ({ query }) => {
    const { state, function: name, pool, parent, cursor, limit = defaultLimit } = query
    const filter = {
      ...(state && { state }),
      ...(name && { function: name }),
      ...(pool && { pool }),
      ...(parent && { parent }),
      ...(cursor && { cursor }),
    }
    return jobs.list({ ...filter, labels: labelsOf(query) ?? {}, limit })
  })
  app.get<{ Params: { id: string }; Querystring: Static<typeof WaitQuery> }>('/v1/jobs/:id', looking, (request, reply) => {
    const { id } = request.params
    const { wait: seconds = 0 } = request.query
    return seconds === 0 ? jobs.get(id) : held.run(reply.raw, (signal) => jobs.get(id, seconds * 1000, signal))
  })
}
