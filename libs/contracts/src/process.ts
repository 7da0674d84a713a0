import type { Static } from 'typebox'
import Type from 'typebox'
import { FunctionName, ItemErrorSchema, JobId, Kwargs, optionFields, Parent, Values } from './job.ts'
import { type ProcessState, processStates, type WaitingFor, waitingReasons } from './states.ts'

const ProcessName = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'For people; default: the name of the function',
  examples: ['Process-1'],
})
const { id, labels, timeoutMs, deadlineMs, session, parent, webhook, resultTtlMs } = optionFields

/** One call in a fresh process of its own. */
export const NewProcess = Type.Object(
  {
    function: FunctionName,
    args: Type.Optional(Values),
    kwargs: Type.Optional(Kwargs),
    name: Type.Optional(ProcessName),
    daemon: Type.Optional(Type.Boolean({ description: 'Only noted: what ends with its client names a `session`' })),
    id,
    labels,
    timeoutMs,
    deadlineMs,
    session,
    parent,
    webhook,
    resultTtlMs,
  },
  { additionalProperties: false },
)
export type NewProcess = Static<typeof NewProcess>

const orNull = <T extends Type.TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description })

/** A process as every route answers it. Times are ISO 8601 in UTC by the clock of Redis. */
export const ProcessRecord = Type.Object({
  id: JobId,
  name: Type.String(),
  function: FunctionName,
  state: Type.Unsafe<ProcessState>(
    Type.Union(
      processStates.map((state) => Type.Literal(state)),
      { description: 'cancelled: it was terminated or killed on demand; lost: its worker died' },
    ),
  ),
  waitingFor: Type.Unsafe<WaitingFor | null>(
    Type.Union([Type.Null(), ...waitingReasons.map((reason) => Type.Literal(reason))], {
      description: 'Why it does not run yet, or null',
    }),
  ),
  exitCode: orNull(
    Type.Integer(),
    'null before its end, and of a lost one; 1 when the function threw; negative: the number of the signal that ended it',
  ),
  pid: orNull(Type.Integer()),
  host: orNull(Type.String()),
  worker: orNull(Type.String()),
  daemon: Type.Boolean(),
  labels: Type.Record(Type.String(), Type.String()),
  parent: Parent,
  createdAt: Type.String({ format: 'date-time' }),
  startedAt: orNull(Type.String()),
  finishedAt: orNull(Type.String()),
  error: orNull(ItemErrorSchema),
})
export type ProcessRecord = Static<typeof ProcessRecord>
