import { type ErrorCode, errorTable, media } from '@manyhands/contracts'
import type { FastifySchema } from 'fastify'
import Type, { type TObject, type TSchema } from 'typebox'
import { ref } from './components.ts'

/** One answer: its schema by media type, or one schema for JSON. */
export interface Answer {
  description: string
  json?: TSchema
  content?: Record<string, TSchema>
  example?: unknown
  headers?: Record<string, TSchema>
}

export interface Operation {
  tag: 'pools' | 'processes' | 'jobs' | 'results' | 'schedules' | 'sessions' | 'objects' | 'webhooks' | 'fleet' | 'health'
  id: string
  summary: string
  description: string
  params?: TObject
  query?: TObject
  headers?: TObject
  /** Request bodies by media type, each with an example. */
  body?: Record<string, { schema: TSchema; example?: unknown }>
  answers: Record<number, Answer>
  errors: ErrorCode[]
}

/** Errors that any request may meet. */
const common: ErrorCode[] = ['bad-request', 'invalid-parameter', 'unknown-field', 'headers-too-large', 'internal', 'redis-unavailable']
const withBody: ErrorCode[] = [
  'invalid-json',
  'too-deep',
  'number-not-representable',
  'request-timeout',
  'body-too-large',
  'unsupported-encoding',
  'unsupported-media-type',
]

/** An operation as Fastify's schema: validation of path and query, and all of the OpenAPI document. */
export function describe(operation: Operation): { schema: FastifySchema } {
  const { tag, id, summary, description, params, query, headers, body, answers, errors } = operation
  const all = [...new Set([...errors, ...common, ...(body ? withBody : [])])]
  return {
    schema: {
      tags: [tag],
      operationId: id,
      summary,
      description,
      params: params ?? nothing,
      querystring: query ?? nothing,
      ...(headers ? { headers } : {}),
      ...(body ? { body: { content: mapValues(body, bodyContent) } } : {}),
      response: { ...problems(all), ...mapValues(answers, answerOf) },
    },
  }
}

const nothing = Type.Object({}, { additionalProperties: false })

function bodyContent({ schema, example }: { schema: TSchema; example?: unknown }): object {
  return { schema: example === undefined ? schema : withExample(schema, example) }
}

function answerOf({ description, json, content, example, headers }: Answer): object {
  const types = content ?? (json ? { [media.json]: json } : undefined)
  return {
    description,
    ...(headers ? { headers } : {}),
    ...(types ? { content: mapValues(types, (schema) => ({ schema, ...(example === undefined ? {} : { example }) })) } : { type: 'null' }),
  }
}

function withExample(schema: TSchema, example: unknown): TSchema {
  return { ...schema, examples: [example] } as TSchema
}

/** The codes by status. */
function problems(codes: ErrorCode[]): Record<number, object> {
  const statuses = [...new Set(codes.map(statusOf))]
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      problemOf(
        status,
        codes.filter((code) => statusOf(code) === status),
      ),
    ]),
  )
}

function problemOf(status: number, codes: ErrorCode[]): object {
  const [first] = codes as [ErrorCode]
  const { title } = errorTable[first]
  const example = {
    type: `https://manyhands.dev/errors/${first}`,
    title,
    status,
    detail: title,
    instance: 'q1w2e3r4-1',
    code: first,
    errors: [],
  }
  return {
    description: codes.map((code) => `\`${code}\`: ${errorTable[code].title}.`).join(' '),
    ...(retries(status) ? { headers: { 'Retry-After': Type.Integer({ description: 'Seconds' }) } } : {}),
    content: { [media.problem]: { schema: ref('Problem'), example } },
  }
}

const statusOf = (code: ErrorCode): number => errorTable[code].status ?? 500
const retries = (status: number): boolean => status === 429 || status === 503

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
