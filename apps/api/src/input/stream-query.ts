import { isArray, type JobOptions, type JsonSpan, ProblemError, parseSpan, scanJson } from '@manyhands/contracts'
import { Backoff, chunkField, ErrorNames, FunctionName, optionFields, WebhookEvents } from '@manyhands/contracts/schemas'
import type { Submission } from '@manyhands/jobs'
import type { FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { Checker } from './checker.ts'
import { idempotencyOf } from './idempotency.ts'
import { wireOf } from './json-body.ts'
import { Label, labelPattern, labelsOf } from './labels.ts'
import { optionsOf } from './submission.ts'

const { labels: _labels, backoff: _backoff, retryOn: _retryOn, noRetryOn: _noRetryOn, webhook: _webhook, ...plainOptions } = optionFields

const ErrorNameList = Type.String({ description: 'Names as in a JSON submit, with commas between them', examples: ['TimeoutError'] })

/** The query of a streamed submit: what stands in the body of a JSON submit. */
export const StreamQuery = Type.Object(
  {
    function: Type.Optional(FunctionName),
    args: Type.Optional(Type.String({ description: 'JSON array of constants: each call is f(item, ...args)' })),
    start: Type.Optional(
      Type.Union([Type.Literal('now'), Type.Literal('end')], {
        description: 'now (default): items run while others come | end: all or nothing',
      }),
    ),
    backoff: Type.Optional(Type.String({ description: 'JSON object, as in a JSON submit' })),
    retryOn: Type.Optional(ErrorNameList),
    noRetryOn: Type.Optional(ErrorNameList),
    'webhook.url': Type.Optional(
      Type.String({ maxLength: 2048, description: 'Told of the job; signed with the secret of its endpoint, else of the server' }),
    ),
    'webhook.events': Type.Optional(Type.String({ description: 'With commas between them', examples: ['job.succeeded'] })),
    length: Type.Optional(Type.Integer({ minimum: 0, description: 'Items that will come, if known: decides the chunk size' })),
    ...plainOptions,
    ...chunkField,
    'label.x': Type.Optional(Label),
  },
  { additionalProperties: false, patternProperties: { [labelPattern]: Label } },
)
export type StreamQuery = Static<typeof StreamQuery>

const backoffChecker = new Checker(Backoff)
const nameChecker = new Checker(ErrorNames)
const eventChecker = new Checker(WebhookEvents)

/** A job as the query of a streamed submit asks for it. */
export function streamSubmissionOf(
  request: FastifyRequest<{ Params: { pool: string }; Querystring: StreamQuery }>,
  kind: Submission['kind'],
): Submission {
  const { query } = request
  if (query.function === undefined) throw refused('function', 'is missing; with an NDJSON body options stand in the query')
  const labels = labelsOf(query)
  const backoff = jsonIn(query, 'backoff')
  const options = { ...optionsOf({ ...query, backoff: undefined, retryOn: undefined, noRetryOn: undefined }), ...(labels && { labels }) }
  if (backoff) options.backoff = backoffChecker.check(parseSpan(backoff), (path) => `backoff${path}`)
  Object.assign(options, namesIn(query, 'retryOn'), namesIn(query, 'noRetryOn'), webhookIn(query))
  return {
    kind,
    pool: request.params.pool,
    function: query.function,
    options,
    constants: constantsOf(query),
    wire: wireOf(request),
    length: query.length,
    idempotency: idempotencyOf(request),
  }
}

function namesIn(query: StreamQuery, name: 'retryOn' | 'noRetryOn'): Partial<JobOptions> {
  const list = query[name]
  return list === undefined ? {} : { [name]: nameChecker.check(list.split(','), () => name) }
}

/** Without a secret, which has no place in a URL. */
function webhookIn(query: StreamQuery): Partial<JobOptions> {
  const { 'webhook.url': url, 'webhook.events': events } = query
  if (url === undefined && events !== undefined) throw refused('webhook.url', 'is missing, but there are webhook.events')
  if (url === undefined) return {}
  return { webhook: { url, ...(events !== undefined && { events: eventChecker.check(events.split(','), () => 'webhook.events') }) } }
}

function constantsOf(query: StreamQuery): string | undefined {
  const args = jsonIn(query, 'args')
  if (args && !isArray(args)) throw refused('args', 'is not a JSON array')
  // a JSON string cannot hold a line end, so every one is between values
  return args && query.args?.replace(/[\r\n]/g, ' ')
}

function jsonIn(query: StreamQuery, name: 'args' | 'backoff'): JsonSpan | undefined {
  const text = query[name]
  if (text === undefined) return undefined
  try {
    return scanJson(Buffer.from(text))
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw new ProblemError(error.code, `${name}: ${error.message}`, { errors: [{ pointer: name, detail: error.message }] })
  }
}

function refused(pointer: string, detail: string): ProblemError {
  return new ProblemError('invalid-parameter', `${pointer} ${detail}`, { errors: [{ pointer, detail }] })
}
