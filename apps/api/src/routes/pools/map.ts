import { media, ProblemError } from '@manyhands/contracts'
import { MapBody, OpenMapBody } from '@manyhands/contracts/schemas'
import { type MapText, readMap } from '@manyhands/planning'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { isLines, jsonBytes } from '../../input/json-body.ts'
import { StreamQuery } from '../../input/stream-query.ts'
import { refuseQuery, submissionOf } from '../../input/submission.ts'
import { ref } from '../../openapi/components.ts'
import { describe } from '../../openapi/operation.ts'
import { acceptedJob, idempotencyKey, lines, PoolParams, preferWait, resultAnswer } from '../../openapi/parts.ts'
import { answerSubmit } from '../../submit.ts'
import { streamMap } from './stream-map.ts'
import { submitErrors } from './submit-errors.ts'

type Kind = 'map' | 'starmap'
export type MapRequest = FastifyRequest<{ Params: { pool: string }; Querystring: StreamQuery }>

const wholeMap = new Checker(MapBody)
const openMap = new Checker(OpenMapBody)

const calls: Record<Kind, string> = { map: 'f(item, ...args)', starmap: 'f(...item, ...args); each item is the array of arguments' }
const samples: Record<Kind, { function: string; items: unknown[] }> = {
  map: { function: 'square', items: [1, 2, 3] },
  starmap: {
    function: 'power',
    items: [
      [2, 3],
      [3, 2],
    ],
  },
}

function operation(kind: Kind) {
  const example = samples[kind]
  const body = { schema: Type.Union([ref('MapBody'), ref('OpenMapBody')]), example }
  const items = { schema: lines('One item a line'), example: example.items.map((item) => `${JSON.stringify(item)}\n`).join('') }
  return describe({
    tag: 'pools',
    id: kind,
    summary: kind === 'map' ? 'Call a function with every item' : 'Call a function with every row of arguments',
    description:
      `Runs \`${calls[kind]}\`. A JSON body is taken all or nothing. An NDJSON body is a stream: its options stand in the query, the answer 202 begins as ` +
      'soon as the job is open, items run while others come (unless `start=end`), and the job follows as the body when the input has ended; a last line that is ' +
      'a problem says why it did not; `Prefer: wait` does not apply to it. `"open":true` makes a map that takes its items by `POST /v1/jobs/{id}/items`.',
    params: PoolParams,
    query: StreamQuery,
    headers: Type.Object({ ...idempotencyKey, ...preferWait }),
    body: { [media.json]: body, [media.tagged]: body, [media.ndjson]: items, [media.taggedLines]: items },
    answers: { 200: resultAnswer, 202: acceptedJob('The job. Of a stream: one newline at once, and the job when the input has ended') },
    errors: submitErrors,
  })
}

export function addMap(app: FastifyInstance, api: Api, kind: Kind): void {
  app.post<{ Params: { pool: string }; Querystring: StreamQuery }>(`/v1/pools/:pool/${kind}`, operation(kind), async (request, reply) => {
    if (isLines(request)) return streamMap(api, request, reply, kind)
    refuseQuery(request)
    const text = readMap(jsonBytes(request), api.limits)
    return isOpen(text) ? submitOpen(api, request, reply, kind, text) : submitWhole(api, request, reply, kind, text)
  })
}

function isOpen({ fields }: MapText): boolean {
  return typeof fields === 'object' && fields !== null && 'open' in fields
}

function submitWhole(api: Api, request: MapRequest, reply: FastifyReply, kind: Kind, text: MapText): Promise<FastifyReply> {
  const { items, blocks, constants } = text
  const submission = { ...submissionOf(request, kind, wholeMap.check(text.fields)), constants, length: items }
  if (items > api.limits.items) throw new ProblemError('too-many-items', `the map has ${items} items; the limit is ${api.limits.items}`)
  return answerSubmit(api, request, reply, (wait) => api.jobs.submit(submission, blocks, wait))
}

function submitOpen(api: Api, request: MapRequest, reply: FastifyReply, kind: Kind, text: MapText): Promise<FastifyReply> {
  const submission = { ...submissionOf(request, kind, openMap.check(text.fields)), constants: text.constants, open: true }
  return answerSubmit(api, request, reply, () => api.jobs.open(submission))
}
