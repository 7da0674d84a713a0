import { media, ProblemError, parseSpan, type NewSchedule as ScheduleBody, scanJson } from '@manyhands/contracts'
import { NewSchedule, ScheduleId } from '@manyhands/contracts/schemas'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { jsonBytes, refuseFields } from '../../input/json-body.ts'
import { ref } from '../../openapi/components.ts'
import { describe, type Operation } from '../../openapi/operation.ts'
import { idempotencyKey } from '../../openapi/parts.ts'
import { recurringWork } from './recurring-work.ts'

const body = new Checker(NewSchedule)
const ScheduleParams = Type.Object({ schedule: ScheduleId }, { additionalProperties: false })
interface OfSchedule {
  Params: { schedule: string }
}

const example = {
  id: 'nightly',
  cron: '0 7 * * 1-5',
  timeZone: 'Europe/Berlin',
  pool: 'default',
  kind: 'apply',
  function: 'square',
  paused: false,
  nextAt: '2026-11-23T06:00:00.000Z',
  lastAt: null,
  lastJob: null,
  lastError: null,
  ticks: 0,
  createdAt: '2026-11-22T20:00:00.000Z',
}
const oneSchedule = (description: string) => ({ description, json: ref('Schedule'), example })
const named: Pick<Operation, 'tag' | 'params' | 'answers' | 'errors'> = {
  tag: 'schedules',
  params: ScheduleParams,
  answers: { 200: oneSchedule('The schedule') },
  errors: ['not-found'],
}

const making = describe({
  tag: 'schedules',
  id: 'createSchedule',
  summary: 'Make a schedule',
  description:
    'Fires by `cron` (in `timeZone`) or `everyMs`: each tick is one job, `<group>~<schedule>.<milliseconds of the tick>` with the label `schedule`, however ' +
    'many APIs there are. `apply`, `map` or `starmap` is the body that the route of this name would take. Ticks missed while nothing was up are left out but for the last.',
  headers: Type.Object(idempotencyKey),
  body: {
    [media.json]: {
      schema: ref('NewSchedule'),
      example: { id: 'nightly', cron: '0 7 * * 1-5', timeZone: 'Europe/Berlin', apply: { function: 'square', args: [5] } },
    },
  },
  answers: { 201: { ...oneSchedule('The schedule'), headers: { Location: Type.String({ description: '/v1/schedules/{schedule}' }) } } },
  errors: ['schedule-id-taken', 'invalid-idempotency-key', 'function-not-found', 'webhook-url-not-allowed', 'webhook-secret-missing'],
})
const listing = describe({
  tag: 'schedules',
  id: 'listSchedules',
  summary: 'List schedules',
  description: 'All of them, by id.',
  answers: {
    200: { description: 'All schedules', json: Type.Object({ schedules: Type.Array(ref('Schedule')) }), example: { schedules: [example] } },
  },
  errors: [],
})
const looking = describe({
  ...named,
  id: 'getSchedule',
  summary: 'Look at a schedule',
  description: 'When it fires next, and what its last tick made.',
})
const pausing = describe({
  ...named,
  id: 'pauseSchedule',
  summary: 'Pause a schedule',
  description: 'It fires no more until it is resumed.',
})
const resuming = describe({
  ...named,
  id: 'resumeSchedule',
  summary: 'Resume a schedule',
  description: 'What was missed is not caught up.',
})
const removing = describe({
  ...named,
  id: 'deleteSchedule',
  summary: 'Delete a schedule',
  description: 'Jobs that it has made stay.',
  answers: { 204: { description: 'It is gone' } },
})

/** /v1/schedules: jobs that come again and again. */
export function addScheduleRoutes(app: FastifyInstance, { jobs }: Api): void {
  app.post('/v1/schedules', making, async (request, reply) => {
    // a schedule has its id: the key is only checked
    idempotencyOf(request)
    const fields = body.check(parseSpan(scanJson(jsonBytes(request))))
    const schedule = await jobs.createSchedule({
      id: fields.id,
      when: whenOf(fields),
      paused: fields.paused ?? false,
      ...recurringWork(fields),
    })
    return reply.code(201).header('location', `/v1/schedules/${schedule.id}`).send(schedule)
  })
  app.get('/v1/schedules', listing, async () => ({ schedules: await jobs.schedules() }))
  app.get<OfSchedule>('/v1/schedules/:schedule', looking, (request) => jobs.schedule(request.params.schedule))
  app.post<OfSchedule>('/v1/schedules/:schedule/pause', pausing, (request) => {
    refuseFields(request)
    return jobs.pauseSchedule(request.params.schedule, true)
  })
  app.post<OfSchedule>('/v1/schedules/:schedule/resume', resuming, (request) => {
    refuseFields(request)
    return jobs.pauseSchedule(request.params.schedule, false)
  })
  app.delete<OfSchedule>('/v1/schedules/:schedule', removing, async (request, reply) => {
    refuseFields(request)
    await jobs.deleteSchedule(request.params.schedule)
    return reply.code(204).send()
  })
}

function whenOf({ cron, timeZone, everyMs }: ScheduleBody): { cron: string; timeZone: string } | { everyMs: number } {
  if (cron !== undefined && everyMs === undefined) return { cron, timeZone: timeZone ?? 'UTC' }
  if (everyMs !== undefined && cron === undefined && timeZone === undefined) return { everyMs }
  const errors = [{ pointer: '/cron', detail: 'one of cron (with timeZone, if it is not UTC) and everyMs' }]
  throw new ProblemError('invalid-parameter', 'a schedule has either cron or everyMs', { errors })
}
