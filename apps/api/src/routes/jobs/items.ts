import { limits, media, ProblemError } from '@manyhands/contracts'
import type { FailedEntry } from '@manyhands/jobs'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { blocksOf } from '../../input/block-stream.ts'
import { isLines, refuseFields } from '../../input/json-body.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { JobParams, jobAnswer, lines } from '../../openapi/parts.ts'
import { inputText } from '../../output/input-text.ts'

const AppendQuery = Type.Object(
  {
    offset: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Items that you believe the map has',
      examples: [0],
    }),
  },
  { additionalProperties: false },
)
const FailedQuery = Type.Object(
  {
    state: Type.Optional(Type.String({ enum: ['failed'], description: 'Only failed items can be listed' })),
    cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$', description: 'The `cursor` of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most items of one page; default 100' })),
  },
  { additionalProperties: false },
)
const defaultLimit = 100
const more = { schema: lines('One item a line, in the type the map was opened with'), example: '1\n2\n3\n' }

const appending = describe({
  tag: 'jobs',
  id: 'appendItems',
  summary: 'Append items to an open map',
  description:
    'At most 8 MiB. Items that the map has already are skipped by count, so that an append whose answer was lost can be sent again. `accepted` may be less ' +
    'than was sent, when much input is unread: send the rest again from `total` on. A map without an append for 60 s is given up: `input-aborted`.',
  params: JobParams,
  query: AppendQuery,
  body: { [media.ndjson]: more, [media.taggedLines]: more },
  answers: {
    200: {
      description: '`total`: items the map has now. `accepted`: how many of those that were sent are among them, skipped ones included',
      json: Type.Object({ total: Type.Integer(), accepted: Type.Integer() }),
      example: { total: 3, accepted: 3 },
    },
  },
  errors: ['not-found', 'not-open', 'offset-mismatch', 'item-too-large', 'too-many-items', 'store-full'],
})
const closing = describe({
  tag: 'jobs',
  id: 'closeMap',
  summary: 'End the input of an open map',
  description: 'The map ends when its items have. Closing it again changes nothing.',
  params: JobParams,
  answers: { 200: jobAnswer('The job') },
  errors: ['not-found'],
})
const failures = describe({
  tag: 'jobs',
  id: 'listFailedItems',
  summary: 'List failed items',
  description: 'By index: the error, the runs and the input of each.',
  params: JobParams,
  query: FailedQuery,
  answers: {
    200: {
      description: 'A page',
      json: Type.Object({ items: Type.Array(ref('FailedItem')), cursor: Type.Union([Type.String(), Type.Null()]) }),
      example: {
        items: [{ index: 5, error: { name: 'RangeError', code: 'function-error', message: 'too small' }, attempts: 1, input: -1 }],
        cursor: null,
      },
    },
  },
  errors: ['not-found'],
})

interface Job {
  Params: { id: string }
}

export function addItems(app: FastifyInstance, api: Api): void {
  const { jobs } = api
  app.post<Job & { Querystring: Static<typeof AppendQuery> }>('/v1/jobs/:id/items', appending, (request) =>
    jobs.append(request.params.id, request.query.offset, appendedBlocks(api, request)),
  )
  app.post<Job>('/v1/jobs/:id/close', closing, (request) => {
    refuseFields(request)
    return jobs.close(request.params.id)
  })
  app.get<Job & { Querystring: Static<typeof FailedQuery> }>('/v1/jobs/:id/items', failures, async (request, reply) => {
    const { cursor, limit = defaultLimit } = request.query
    const page = await jobs.failedItems(request.params.id, cursor, limit)
    return reply
      .type(`${media.json}; charset=utf-8`)
      .send(`{"items":[${page.items.map(failedItem).join(',')}],"cursor":${JSON.stringify(page.cursor)}}\n`)
  })
}

function appendedBlocks({ limits: { itemBytes, items }, timeouts }: Api, request: FastifyRequest) {
  if (!isLines(request)) throw new ProblemError('unsupported-media-type', `items come one a line; meant is ${media.ndjson}`)
  if (Number(request.headers['content-length'] ?? 0) > limits.append) throw tooLarge()
  const times = { silence: timeouts.appendSilence, total: timeouts.append }
  return blocksOf(request.raw, { itemBytes, items, bodyBytes: limits.append, times })
}

const tooLarge = () => new ProblemError('body-too-large', `an append has at most ${limits.append} bytes; send several`)

function failedItem({ index, error, attempts, input }: FailedEntry): string {
  return `{"index":${index},"error":${JSON.stringify(error)},"attempts":${attempts},"input":${inputText(input)}}`
}
