import { type Job, ProblemError } from '@manyhands/contracts'
import { endEarly, failedRows, forgetJob, viewJob } from '@manyhands/job-store'
import { blockOfLines } from '@manyhands/planning'
import type { FailedEntry, Idempotency, Submission, Submitted } from './api.ts'
import { dispatch, type JobsContext } from './context.ts'
import { engineError, isEnded } from './job-record.ts'
import { getJob, noSuchJob } from './look.ts'
import { openOne } from './submit.ts'

/** Rows of failed items that one look takes. */
const pageRows = 1000

/** Cancels a job; an ended one stays as it is. */
export async function cancelJob(context: JobsContext, id: string, reason = 'the job was cancelled'): Promise<Job> {
  const tasks = await endEarly(context.store, id, { state: 'cancelled', error: engineError('cancelled', reason) })
  if (!tasks) throw noSuchJob(id)
  dispatch(context, tasks)
  return getJob(context, id)
}

/** Every key of an ended job goes; after that the id is unknown. */
export async function forget(context: JobsContext, id: string): Promise<void> {
  const answer = await forgetJob(context.store, id)
  if (answer === 'gone') throw noSuchJob(id)
  if (answer === 'live') throw new ProblemError('job-not-ended', `job ${id} has not ended; cancel it first`)
}

/** Failed items by index, from a cursor on. */
export async function failedItems(context: JobsContext, id: string, cursor: string | undefined, limit: number) {
  await getJob(context, id)
  const rows = await failedRows(context.store, id, cursor === undefined ? 0 : Number(cursor), limit + 1)
  const items = rows.slice(0, limit).map(asEntry)
  const next = rows.length > limit ? JSON.parse(rows[limit] ?? '{}') : undefined
  return { items, cursor: next === undefined ? null : String((next as { index: number }).index) }
}

/** A new job of the failed items of an ended one, at their original indexes; or the one that the same Idempotency-Key made. */
export async function retryJob(context: JobsContext, id: string, idempotency?: Idempotency): Promise<Submitted> {
  const view = await viewJob(context.store, id)
  if (!view) throw noSuchJob(id)
  if (!isEnded(view.record.state ?? ''))
    throw new ProblemError('job-not-ended', `job ${id} has not ended; its failed items can be retried then`)
  const failed = await allFailed(context, id)
  if (failed.length === 0) throw new ProblemError('invalid-parameter', `job ${id} has no failed items to retry`)
  const lines = failed.map((entry) => Buffer.from(entry.input))
  const plan = {
    blocks: [blockOfLines(lines)],
    ended: true,
    hold: false,
    loaderMs: 0,
    origin: failed.map((entry) => entry.index),
    retryOf: id,
  }
  return openOne(context, { ...sameAgain(view.record), idempotency }, plan)
}

async function allFailed(context: JobsContext, id: string): Promise<FailedEntry[]> {
  const found: FailedEntry[] = []
  while (true) {
    const rows = await failedRows(context.store, id, (found.at(-1)?.index ?? -1) + 1, pageRows)
    found.push(...rows.map(asEntry))
    if (rows.length < pageRows) return found
  }
}

function asEntry(row: string): FailedEntry {
  return JSON.parse(row) as FailedEntry
}

/** What was asked of the first job, but for its id and Idempotency-Key. */
function sameAgain(record: Record<string, string>): Submission {
  const number = (name: string) => (record[name] === undefined ? undefined : Number(record[name]))
  const json = (name: string) => (record[name] === undefined ? undefined : JSON.parse(record[name]))
  const maxFailures = record.maxFailures === undefined || record.maxFailures.endsWith('%') ? record.maxFailures : Number(record.maxFailures)
  return {
    kind: record.kind as Submission['kind'],
    pool: record.pool ?? 'default',
    function: record.function ?? '',
    wire: record.wire as Submission['wire'],
    constants: record.constants,
    options: {
      labels: json('labels'),
      attempts: number('attempts'),
      backoff: json('backoff'),
      timeoutMs: number('timeoutMs'),
      deadlineMs: number('deadlineMs'),
      maxFailures,
      resultTtlMs: number('resultTtlMs'),
      results: record.results as Submission['options']['results'],
      chunkSize: number('chunkSize'),
    },
  }
}
