import type { Static } from 'typebox'
import Type from 'typebox'
import { optionFields } from './job.ts'

const { timeoutMs, attempts, backoff, retryOn, noRetryOn } = optionFields

/** What a function's author declared: it stands where a job says nothing. */
export const FunctionPolicy = Type.Object({ timeoutMs, attempts, backoff, retryOn, noRetryOn })
export type FunctionPolicy = Static<typeof FunctionPolicy>

/** A function record: outlives the workers that registered it. */
export const FunctionRecord = Type.Object({
  name: Type.String(),
  builds: Type.Array(Type.String(), { description: 'Builds of live workers that have it, newest first; empty when no worker is up' }),
  policy: FunctionPolicy,
  input: Type.Boolean({ description: 'Whether a schema checks the input' }),
  workers: Type.Integer({ description: 'Live workers that have it' }),
  lastSeenAt: Type.String(),
  paused: Type.Boolean({ description: 'Its items are handed out no more' }),
  meanItemMs: Type.Union([Type.Number(), Type.Null()], { description: 'Measured time of an item' }),
})
export type FunctionRecord = Static<typeof FunctionRecord>

/** A live worker service. */
export const WorkerRecord = Type.Object({
  id: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  group: Type.String(),
  build: Type.String(),
  processes: Type.Integer(),
  processLimit: Type.Integer({ description: 'Most processes of their own (`POST /v1/processes`) at once' }),
  busy: Type.Integer(),
  functions: Type.Array(Type.String()),
  startedAt: Type.String(),
  seenAt: Type.String(),
})
export type WorkerRecord = Static<typeof WorkerRecord>

export const RateLimit = Type.Object(
  {
    max: Type.Integer({ minimum: 1, maximum: 1_000_000_000, description: 'Items' }),
    perMs: Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'In this time, in milliseconds' }),
  },
  {
    additionalProperties: false,
    description: 'Most items that begin in a time, over the whole fleet; what was not used is kept, up to `max`',
  },
)

export const PoolRecord = Type.Object({
  name: Type.String(),
  processes: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Most processes the pool uses over the fleet; null = no bound of its own',
  }),
  initializer: Type.Union([Type.String(), Type.Null()], { description: 'Function that is called once in each process of the pool' }),
  maxTasksPerChild: Type.Union([Type.Integer(), Type.Null()], { description: 'Chunks after which a process is replaced' }),
  priority: Type.Integer({ description: 'Of its jobs that have none of their own; a larger one runs first' }),
  rateLimit: Type.Union([RateLimit, Type.Null()]),
  state: Type.Union([Type.Literal('open'), Type.Literal('closed'), Type.Literal('terminated')], {
    description: 'A closed pool takes no more jobs; those of a terminated one were cancelled',
  }),
  paused: Type.Boolean({ description: 'Nothing more is handed out' }),
  running: Type.Integer({ description: 'Tasks that are handed out now' }),
  jobs: Type.Integer({ description: 'Jobs that have not ended' }),
  createdAt: Type.Union([Type.String(), Type.Null()]),
})
export type PoolRecord = Static<typeof PoolRecord>
