import { type ProcessState, processStates } from '@manyhands/contracts'
import { FunctionName } from '@manyhands/contracts/schemas'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { Label, labelPattern, labelsOf } from '../../input/labels.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { JobParams, wait } from '../../openapi/parts.ts'
import { processAnswer, processExample } from './parts.ts'

const WaitQuery = Type.Object(wait, { additionalProperties: false })
const ListQuery = Type.Object(
  {
    state: Type.Optional(Type.Unsafe<ProcessState>(Type.String({ enum: [...processStates], description: 'Only processes in this state' }))),
    function: Type.Optional(FunctionName),
    cursor: Type.Optional(Type.String({ maxLength: 256, description: 'The `cursor` of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most processes of one page; default 100' })),
    'label.x': Type.Optional(Label),
  },
  { additionalProperties: false, patternProperties: { [labelPattern]: Label } },
)
const defaultLimit = 100

const listing = describe({
  tag: 'processes',
  id: 'listProcesses',
  summary: 'List processes',
  description: 'Newest first, a page at a time. A page may be shorter than `limit`; there is another one as long as `cursor` is not null.',
  query: ListQuery,
  answers: {
    200: {
      description: 'A page',
      json: Type.Object({ processes: Type.Array(ref('Process')), cursor: Type.Union([Type.String(), Type.Null()]) }),
      example: { processes: [processExample], cursor: null },
    },
  },
  errors: [],
})
const looking = describe({
  tag: 'processes',
  id: 'getProcess',
  summary: 'Look at a process',
  description: 'The process as it stands; with `wait`, as soon as it has ended or the time is over.',
  params: JobParams,
  query: WaitQuery,
  answers: { 200: processAnswer('The process') },
  errors: ['not-found', 'quota-exceeded'],
})

export function addLooks(app: FastifyInstance, { jobs, held }: Api): void {
  app.get<{ Querystring: Static<typeof ListQuery> }>('/v1/processes', listing, ({ query }) => {
    const { state, function: name, cursor, limit = defaultLimit } = query
    const filter = { ...(state && { state }), ...(name && { function: name }), ...(cursor && { cursor }) }
    return jobs.processes({ ...filter, labels: labelsOf(query) ?? {}, limit })
  })
  app.get<{ Params: { id: string }; Querystring: Static<typeof WaitQuery> }>('/v1/processes/:id', looking, (request, reply) => {
    const { id } = request.params
    const { wait: seconds = 0 } = request.query
    return seconds === 0 ? jobs.process(id) : held.run(reply.raw, (signal) => jobs.process(id, seconds * 1000, signal))
  })
}
