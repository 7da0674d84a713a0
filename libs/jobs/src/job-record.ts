import { type ErrorCode, type ItemError, isEnded, type Job, type JobState, type WaitingFor, type Webhook } from '@manyhands/contracts'
import type { JobView } from '@manyhands/job-store'
import { parentOf } from './parent.ts'

/** The job as every route answers it. */
export function toJob(view: JobView): Job {
  const { record, now } = view
  const text = (name: string) => record[name] ?? ''
  const count = (name: string) => Number(record[name] ?? 0)
  const state = text('state') as JobState
  return {
    id: view.id,
    kind: text('kind') as Job['kind'],
    function: text('function'),
    pool: text('pool'),
    state,
    waitingFor: waitingFor(view, state),
    items: { total: record.input === 'ended' ? count('total') : null, done: count('done'), failed: count('failed') },
    errors: summaries(view.faults),
    usage: usage(record, now),
    builds: text('builds').split(' ').filter(Boolean),
    results: text('results'),
    labels: JSON.parse(record.labels ?? '{}') as Record<string, string>,
    ...(record.parent === undefined ? {} : { parent: parentOf(record.parent) }),
    ...(record.retryOf === undefined ? {} : { retryOf: record.retryOf }),
    ...(record.retriedAs === undefined ? {} : { retriedAs: record.retriedAs }),
    ...(record.progress === undefined ? {} : { progress: progressOf(record.progress) }),
    ...(record.webhook === undefined ? {} : { webhook: receiver(record.webhook) }),
    ...(record.then === undefined ? {} : { then: follower(record.then, record) }),
    createdAt: new Date(count('createdAt')).toISOString(),
    startedAt: time(record.startedAt),
    finishedAt: time(record.finishedAt),
    stoppedAt: time(record.stoppedAt),
    error: jobError(view, state),
  }
}

/** As it stands in Redis: index, milliseconds, value. */
export function progressOf(json: string): NonNullable<Job['progress']> {
  const { at, ...progress } = JSON.parse(json) as { index: number; at: number; value: unknown }
  return { ...progress, at: new Date(at).toISOString() }
}

function follower(json: string, { thenJob, thenError }: Record<string, string>): Job['then'] {
  return { ...(JSON.parse(json) as { function: string; pool: string }), job: thenJob || null, error: thenError || null }
}

/** Its secret stays here. */
function receiver(json: string): Job['webhook'] {
  const { url, events = [] } = JSON.parse(json) as Webhook
  return { url, events }
}

const time = (milliseconds: string | undefined): string | null =>
  milliseconds === undefined ? null : new Date(Number(milliseconds)).toISOString()

/** Why nothing of the job runs now, or null: it does, it has ended, or it waits for its own input. */
function waitingFor(view: JobView, state: JobState): WaitingFor | null {
  const { record } = view
  const count = (name: string) => Number(record[name] ?? 0)
  if (isEnded(state) || count('running') > 0) return null
  const nothingToRun = count('done') >= count('total')
  if (nothingToRun) return null
  if (view.workers === 0) return 'no-worker'
  if (view.heldBack !== '') return view.heldBack as WaitingFor
  if (count('due') > 0 && count('fed') >= count('total')) return 'retry'
  return view.free <= 0 ? 'pool-full' : null
}

function usage(record: Record<string, string>, now: number): Job['usage'] {
  const count = (name: string) => Number(record[name] ?? 0)
  const started = record.startedAt === undefined ? undefined : Number(record.startedAt)
  const ended = Number(record.finishedAt ?? now)
  const wallMs = started === undefined ? 0 : Math.max(0, ended - started)
  const itemMs = count('itemUs') / 1000
  const slots = count('slots')
  return {
    itemMs,
    cpuMs: count('cpuUs') / 1000,
    waitMs: Math.max(0, (started ?? ended) - count('createdAt')),
    wallMs,
    slots,
    efficiency: wallMs * slots > 0 ? Math.min(1, itemMs / (wallMs * slots)) : null,
    bytesIn: count('bytesIn'),
    bytesOut: count('bytesOut'),
    attempts: count('chunkAttempts'),
  }
}

function summaries(faults: Record<string, string>): Job['errors'] {
  const rows = Object.entries(faults).map(([key, value]) => {
    const [name = '', code = '', message = ''] = JSON.parse(key) as string[]
    const [count = 0, firstIndex = 0] = value.split(' ').map(Number)
    return { name, code, message, count, firstIndex }
  })
  return rows.sort((a, b) => b.count - a.count || a.firstIndex - b.firstIndex)
}

/** A failed job's error: what ended it, else the failure with the lowest index. */
function jobError(view: JobView, state: JobState): ItemError | null {
  if (view.record.error !== undefined) return JSON.parse(view.record.error) as ItemError
  if (state !== 'failed' || view.firstFailed === '') return null
  return (JSON.parse(view.firstFailed) as { error: ItemError }).error
}

/** An error that the engine itself puts on a job. */
export const engineError = (code: ErrorCode, message: string): ItemError => ({ name: 'ManyhandsError', code, message })
