import type { Static } from 'typebox'
import Type from 'typebox'
import { scheduleIdPattern } from './ids.ts'
import { ApplyCall, MapBody, PoolName } from './job.ts'

const strict = { additionalProperties: false }

export const ScheduleId = Type.String({ pattern: scheduleIdPattern, description: 'A schedule', examples: ['nightly'] })
const when = {
  cron: Type.Optional(Type.String({ maxLength: 256, description: 'Five fields, or six with seconds in front', examples: ['0 7 * * 1-5'] })),
  timeZone: Type.Optional(Type.String({ maxLength: 64, description: 'Of the cron expression; default UTC', examples: ['Europe/Berlin'] })),
  everyMs: Type.Optional(
    Type.Integer({ minimum: 1000, maximum: 31_536_000_000, description: 'Instead of cron: milliseconds between two ticks' }),
  ),
}

/** What fires, and when: `cron` or `everyMs`; `apply`, `map` or `starmap` with the body of that route. */
export const NewSchedule = Type.Object(
  {
    id: Type.Optional(ScheduleId),
    ...when,
    pool: Type.Optional(PoolName),
    paused: Type.Optional(Type.Boolean()),
    apply: Type.Optional(ApplyCall),
    map: Type.Optional(MapBody),
    starmap: Type.Optional(MapBody),
  },
  strict,
)
export type NewSchedule = Static<typeof NewSchedule>

const Time = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])

/** A schedule as every route answers it. */
export const Schedule = Type.Object({
  id: ScheduleId,
  ...when,
  pool: PoolName,
  kind: Type.Union([Type.Literal('apply'), Type.Literal('map'), Type.Literal('starmap')]),
  function: Type.String(),
  paused: Type.Boolean(),
  nextAt: Type.Union(Time.anyOf, { description: 'When it fires next; null while it is paused' }),
  lastAt: Type.Union(Time.anyOf, { description: 'The tick that fired last' }),
  lastJob: Type.Union([Type.String(), Type.Null()], { description: 'Its job' }),
  lastError: Type.Union([Type.String(), Type.Null()], { description: 'Why the last tick made no job' }),
  ticks: Type.Integer({ description: 'Jobs it has made' }),
  createdAt: Type.String({ format: 'date-time' }),
})
export type Schedule = Static<typeof Schedule>
