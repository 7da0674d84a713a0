import { isArray, type JobOptions, type JsonSpan, ProblemError, parseSpan, scanJson } from '@manyhands/contracts'
import { Backoff, chunkField, ErrorNames, FunctionName, optionFields } from '@manyhands/contracts/schemas'
import type { Submission } from '@manyhands/jobs'
import type { FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { Checker } from './checker.ts'
import { idempotencyOf } from './idempotency.ts'
import { wireOf } from './json-body.ts'
import { Label, labelPattern, labelsOf } from './labels.ts'
import { optionsOf } from './submission.ts'

const { labels: _labels, backoff: _backoff, retryOn: _retryOn, noRetryOn: _noRetryOn, ...plainOptions } = optionFields

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
  Object.assign(options, namesIn(query, 'retryOn'), namesIn(query, 'noRetryOn'))
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
