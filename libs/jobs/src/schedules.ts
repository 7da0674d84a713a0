import { randomUUID } from 'node:crypto'
import { ProblemError, passes, type Schedule } from '@manyhands/contracts'
import { putSchedule, readSchedule, readSchedules } from '@manyhands/job-store'
import { blockOfLines, nextTime, type Recurrence } from '@manyhands/planning'
import type { NewSchedule, Submission } from './api.ts'
import type { JobsContext } from './context.ts'
import { refuseUnknown, submit } from './submit.ts'

/** As it stands in Redis. Times are milliseconds by the clock of Redis. */
interface StoredSchedule {
  when: Recurrence
  submission: Submission
  /** Items, one a line. */
  lines: string[]
  paused: boolean
  next: number | null
  createdAt: number
  ticks: number
  lastAt: number | null
  lastJob: string | null
  lastError: string | null
}

/** Makes a schedule. Throws schedule-id-taken, function-not-found, and invalid-parameter for what never fires. */
export async function createSchedule(
  context: JobsContext,
  { id = randomUUID(), when, submission, lines, paused }: NewSchedule,
): Promise<Schedule> {
  await refuseUnknown(context, submission.function)
  if (submission.options.webhook) await context.acceptWebhook?.(submission.options.webhook)
  const now = await redisNow(context)
  const recurrence = 'cron' in when ? when : { ...when, from: now }
  const next = firstTime(recurrence, now)
  const history = { createdAt: now, ticks: 0, lastAt: null, lastJob: null, lastError: null }
  const stored: StoredSchedule = { when: recurrence, submission, lines, paused, next: paused ? null : next, ...history }
  const made = await putSchedule(context.store, id, { now: JSON.stringify(stored), next: stored.next ?? undefined })
  if (!made) throw new ProblemError('schedule-id-taken', `a schedule ${id} exists; DELETE it first, or choose another id`)
  return toSchedule(id, stored)
}

function firstTime(when: Recurrence, now: number): number {
  if ('cron' in when) refuseStrangeZone(when.timeZone)
  try {
    return nextTime(when, now)
  } catch (error) {
    const errors = [{ pointer: '/cron', detail: error instanceof Error ? error.message : String(error) }]
    throw new ProblemError('invalid-parameter', 'the schedule never fires: cron has five fields (six with seconds)', { errors })
  }
}

function refuseStrangeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    const errors = [{ pointer: '/timeZone', detail: `${timeZone} is no name of the IANA database` }]
    throw new ProblemError('invalid-parameter', `there is no time zone ${timeZone}; meant is a name like Europe/Berlin`, { errors })
  }
}

export async function listSchedules({ store }: JobsContext): Promise<Schedule[]> {
  const stored = Object.entries(await readSchedules(store))
  return stored.map(([id, text]) => toSchedule(id, JSON.parse(text) as StoredSchedule)).sort((a, b) => a.id.localeCompare(b.id))
}

export async function getSchedule(context: JobsContext, id: string): Promise<Schedule> {
  const { stored } = await found(context, id)
  return toSchedule(id, stored)
}

/** Pauses or resumes: what was missed meanwhile is not caught up. */
export async function pauseSchedule(context: JobsContext, id: string, paused: boolean): Promise<Schedule> {
  return change(context, id, async (stored) => {
    if (stored.paused === paused) return stored
    return { ...stored, paused, next: paused ? null : nextTime(stored.when, await redisNow(context)) }
  })
}

export async function removeSchedule(context: JobsContext, id: string): Promise<void> {
  const { text } = await found(context, id)
  // changed meanwhile, by a tick for example: it is to go all the same
  if (!(await putSchedule(context.store, id, { old: text }))) await removeSchedule(context, id)
}

/**
 * Makes the job of a tick. Told again when this process dies before it is done, and other processes may be told meanwhile: the job's id is made
 * of the tick, so there is one. Ticks that nobody was there for are left out but for the last. Rejects with trouble that passes by itself.
 */
export async function fireSchedule(context: JobsContext, id: string): Promise<void> {
  const text = await readSchedule(context.store, id)
  const stored = text === undefined ? undefined : (JSON.parse(text) as StoredSchedule)
  if (!stored) return void (await putSchedule(context.store, id, {}))
  const now = await redisNow(context)
  const fired = stored.next !== null && stored.next <= now ? await afterTick(context, id, stored, stored.next, now) : stored
  await putSchedule(context.store, id, { old: text, now: JSON.stringify(fired), next: fired.next ?? undefined })
}

async function afterTick(context: JobsContext, id: string, stored: StoredSchedule, at: number, now: number): Promise<StoredSchedule> {
  const tick = await tickOf(context, id, stored, at)
  return { ...stored, ...tick, lastAt: at, ticks: stored.ticks + (tick.lastJob === null ? 0 : 1), next: nextTime(stored.when, now) }
}

type Tick = Pick<StoredSchedule, 'lastJob' | 'lastError'>

async function tickOf(context: JobsContext, id: string, { submission, lines }: StoredSchedule, at: number): Promise<Tick> {
  const own = `${id}.${at}`
  const job = `${context.store.group}~${own}`
  const options = { ...submission.options, id: own, labels: { ...submission.options.labels, schedule: id } }
  const blocks = lines.length > 0 ? [blockOfLines(lines.map((line) => Buffer.from(line)))] : []
  try {
    await submit(context, { ...submission, options }, blocks)
    return { lastJob: job, lastError: null }
  } catch (error) {
    if (!(error instanceof ProblemError) || passes(error.code)) throw error
    return error.code === 'job-id-taken'
      ? { lastJob: job, lastError: null }
      : { lastJob: null, lastError: `${error.code}: ${error.message}` }
  }
}

/** Reads and writes until nobody else has written in between. */
async function change(context: JobsContext, id: string, by: (stored: StoredSchedule) => Promise<StoredSchedule>): Promise<Schedule> {
  const { text, stored } = await found(context, id)
  const now = await by(stored)
  if (await putSchedule(context.store, id, { old: text, now: JSON.stringify(now), next: now.next ?? undefined })) return toSchedule(id, now)
  return change(context, id, by)
}

async function found({ store }: JobsContext, id: string): Promise<{ text: string; stored: StoredSchedule }> {
  const text = await readSchedule(store, id)
  if (text === undefined) throw new ProblemError('not-found', `there is no schedule ${id}; GET /v1/schedules lists them`)
  return { text, stored: JSON.parse(text) as StoredSchedule }
}

/** Milliseconds by the clock of Redis. */
async function redisNow({ store }: JobsContext): Promise<number> {
  const [seconds, microseconds] = await store.redis.time()
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
}

function toSchedule(id: string, stored: StoredSchedule): Schedule {
  const { when, submission, paused, next, createdAt, ticks, lastAt, lastJob, lastError } = stored
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return {
    id,
    ...('cron' in when ? when : { everyMs: when.everyMs }),
    pool: submission.pool,
    kind: submission.kind as Schedule['kind'],
    function: submission.function,
    paused,
    nextAt: time(next),
    lastAt: time(lastAt),
    lastJob,
    lastError,
    ticks,
    createdAt: new Date(createdAt).toISOString(),
  }
}
