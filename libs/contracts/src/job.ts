import type { Static } from 'typebox'
import Type from 'typebox'
import { errorNamePattern, functionNamePattern, itemPathPattern, jobIdPattern, namePattern, ownIdPattern, sessionIdPattern } from './ids.ts'
import { limits } from './limits.ts'
import { type JobState, jobStates, type WaitingFor, waitingReasons } from './states.ts'
import { Webhook } from './webhook.ts'

const strict = { additionalProperties: false }

export const FunctionName = Type.String({ pattern: functionNamePattern, description: 'A registered function', examples: ['square'] })
export const PoolName = Type.String({ pattern: namePattern, description: 'A pool', examples: ['default'] })
export const JobId = Type.String({ pattern: jobIdPattern, description: 'A job id', examples: ['default~hXo8q1kBS5Gq2mYJ0b3k1A'] })
/** TypeBox would take any key: the pattern of a record's key is lost there. */
export const Labels = Type.Unsafe<Record<string, string>>({
  type: 'object',
  propertyNames: { pattern: namePattern },
  additionalProperties: Type.String({ maxLength: 256 }),
  maxProperties: limits.labels,
  description: 'Your own words on a job, to filter lists by',
})

const Milliseconds = (description: string) => Type.Integer({ minimum: 1, maximum: 2_592_000_000, description })

export const Backoff = Type.Object(
  {
    type: Type.Union([Type.Literal('fixed'), Type.Literal('exponential')]),
    delayMs: Milliseconds('The first wait, in milliseconds'),
    maxDelayMs: Type.Optional(Milliseconds('The longest wait, in milliseconds')),
    jitter: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Share of the wait that is random' })),
  },
  strict,
)
export type Backoff = Static<typeof Backoff>

/** As class names are; in a query they stand with commas between them. */
export const ErrorNames = Type.Array(Type.String({ pattern: errorNamePattern }), { minItems: 1, maxItems: 100 })
const names = (description: string) => ({ ...ErrorNames, description, examples: [['TimeoutError']] })

/** What may be said of any job, beside its function and input. */
export const optionFields = {
  id: Type.Optional(Type.String({ pattern: ownIdPattern, description: 'Your own id for the job; behind the group and a tilde' })),
  labels: Type.Optional(Labels),
  attempts: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'Runs of a failing item, the first one counted; default 1' }),
  ),
  backoff: Type.Optional(Backoff),
  retryOn: Type.Optional(names('Names of errors: only an item that fails with one of them runs again; default: with any')),
  noRetryOn: Type.Optional(names('Names of errors: an item that fails with one of them does not run again')),
  timeoutMs: Type.Optional(Milliseconds('Longest run of one item; its process is killed then')),
  deadlineMs: Type.Optional(Milliseconds('Longest life of the job, from its submission')),
  priority: Type.Optional(
    Type.Integer({ minimum: -100, maximum: 100, description: 'A larger one runs first; default: that of its pool, else 0' }),
  ),
  session: Type.Optional(
    Type.String({ pattern: sessionIdPattern, description: 'The job is cancelled when this session ends, however it ends' }),
  ),
  notify: Type.Optional(
    Type.String({
      pattern: sessionIdPattern,
      description: 'Its end is told in the events of this session too, which it outlives (`GET /v1/sessions/{session}/events`)',
    }),
  ),
  parent: Type.Optional(
    Type.String({
      pattern: itemPathPattern,
      description:
        '`<job id>/<index>` of the item whose function submits this; the job is cancelled when that item fails, or its job ends early',
      examples: ['default~report/0'],
    }),
  ),
  delayMs: Type.Optional(Milliseconds('Nothing of the job runs before')),
  maxFailures: Type.Optional(
    Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^(100|[1-9]?[0-9])%$' })], {
      description: 'Failed items that are tolerated: a count, or a percentage judged when the input has ended; 0 = stop at the first',
    }),
  ),
  then: Type.Optional(
    Type.Object(
      { function: FunctionName, pool: Type.Optional(PoolName) },
      {
        additionalProperties: false,
        description:
          'Called with the result (of a map: the array of values) once the job has succeeded, as a job of its own; needs results=keep',
      },
    ),
  ),
  webhook: Type.Optional(Webhook),
  resultTtlMs: Type.Optional(Milliseconds('How long the ended job and its results stay; default one day')),
  results: Type.Optional(
    Type.Union([Type.Literal('keep'), Type.Literal('once'), Type.Literal('discard')], {
      description: 'keep until the TTL (default) | once: freed behind the reader | discard: counts and errors only',
    }),
  ),
}
export const chunkField = {
  chunkSize: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.chunkSize, description: 'Items handed to a process at once' })),
}

/** A JSON value that stays raw text on its way to the function. */
const Value = Type.Unknown()
export const Values = Type.Array(Value)
export const Kwargs = Type.Record(Type.String(), Value)

export const ApplyCall = Type.Object(
  { function: FunctionName, args: Type.Optional(Values), kwargs: Type.Optional(Kwargs), ...optionFields },
  strict,
)
export const ApplyMany = Type.Object({ calls: Type.Array(ApplyCall, { minItems: 1, maxItems: 10_000 }) }, strict)
export const MapBody = Type.Object(
  { function: FunctionName, items: Values, args: Type.Optional(Values), ...optionFields, ...chunkField },
  strict,
)
/** An open map begins without items and takes them by `POST /v1/jobs/{id}/items`. */
export const OpenMapBody = Type.Object(
  {
    function: FunctionName,
    open: Type.Literal(true),
    args: Type.Optional(Values),
    length: Type.Optional(Type.Integer({ minimum: 0, description: 'Items that will come, if known: decides the chunk size' })),
    ...optionFields,
    ...chunkField,
  },
  strict,
)

const Count = Type.Integer({ minimum: 0 })
export const ErrorSummary = Type.Object({
  name: Type.String(),
  code: Type.String(),
  message: Type.String(),
  count: Count,
  firstIndex: Count,
})
export const ItemErrorSchema = Type.Object(
  { name: Type.String(), code: Type.String(), message: Type.String(), stack: Type.Optional(Type.String()) },
  { additionalProperties: true },
)

export const Parent = Type.Optional(
  Type.Object({ job: JobId, index: Count }, { description: 'The item whose function submitted it (`currentTask().hands`)' }),
)

/** A job as every route answers it. Times are ISO 8601 in UTC by the clock of Redis. */
export const Job = Type.Object({
  id: JobId,
  kind: Type.Union([Type.Literal('apply'), Type.Literal('map'), Type.Literal('starmap'), Type.Literal('process')]),
  function: FunctionName,
  pool: Type.String({ description: 'Its pool; `~processes`, which is none, of a process', examples: ['default'] }),
  state: Type.Unsafe<JobState>(Type.Union(jobStates.map((state) => Type.Literal(state)))),
  waitingFor: Type.Unsafe<WaitingFor | null>(
    Type.Union([Type.Null(), ...waitingReasons.map((reason) => Type.Literal(reason))], {
      description: 'Why nothing of the job runs now, or null',
    }),
  ),
  items: Type.Object({
    total: Type.Union([Count, Type.Null()], { description: 'null until the input has ended' }),
    done: Type.Integer({ minimum: 0, description: 'Items with an outcome, failed ones included' }),
    failed: Count,
  }),
  errors: Type.Array(ErrorSummary, { description: 'The commonest errors, each with a count' }),
  usage: Type.Object({
    itemMs: Type.Number({ description: 'Time inside the function, summed over items' }),
    cpuMs: Type.Number({ description: 'CPU time of the processes while they ran the items' }),
    waitMs: Type.Number({ description: 'From submission to the first item' }),
    wallMs: Type.Number({ description: 'From the first item to the end, or to now' }),
    slots: Type.Integer({ description: 'Most processes that ran the job at once' }),
    efficiency: Type.Union([Type.Number(), Type.Null()], { description: 'itemMs / (wallMs x slots)' }),
    bytesIn: Count,
    bytesOut: Count,
    attempts: Type.Integer({ description: 'Runs of chunks, the first ones counted' }),
  }),
  builds: Type.Array(Type.String()),
  results: Type.String(),
  labels: Type.Record(Type.String(), Type.String()),
  parent: Parent,
  retryOf: Type.Optional(Type.String()),
  retriedAs: Type.Optional(Type.String({ description: 'The latest job that runs what failed in this one again' })),
  progress: Type.Optional(
    Type.Object(
      { index: Count, value: Type.Unknown(), at: Type.String({ format: 'date-time' }) },
      { description: 'What an item said last by `currentTask().progress(value)`' },
    ),
  ),
  then: Type.Optional(
    Type.Object(
      {
        function: FunctionName,
        pool: PoolName,
        job: Type.Union([JobId, Type.Null()], { description: 'The job that followed' }),
        error: Type.Union([Type.String(), Type.Null()], { description: 'Why none could' }),
      },
      { description: 'What follows the job' },
    ),
  ),
  webhook: Type.Optional(
    Type.Object({ url: Type.String(), events: Type.Array(Type.String()) }, { description: 'Who is told of the job, and of what' }),
  ),
  createdAt: Type.String({ format: 'date-time' }),
  startedAt: Type.Union([Type.String(), Type.Null()]),
  finishedAt: Type.Union([Type.String(), Type.Null()]),
  stoppedAt: Type.Union([Type.String(), Type.Null()], { description: 'When the last process of an ended job had stopped' }),
  error: Type.Union([ItemErrorSchema, Type.Null()]),
})
export type Job = Static<typeof Job>
export type ApplyCall = Static<typeof ApplyCall>
export type MapBody = Static<typeof MapBody>
export type OpenMapBody = Static<typeof OpenMapBody>
/** The options of a job after validation; absent = the default. */
export type JobOptions = Pick<
  MapBody,
  | 'id'
  | 'labels'
  | 'attempts'
  | 'backoff'
  | 'retryOn'
  | 'noRetryOn'
  | 'timeoutMs'
  | 'deadlineMs'
  | 'maxFailures'
  | 'priority'
  | 'delayMs'
  | 'session'
  | 'notify'
  | 'parent'
  | 'then'
  | 'webhook'
  | 'resultTtlMs'
  | 'results'
  | 'chunkSize'
>
