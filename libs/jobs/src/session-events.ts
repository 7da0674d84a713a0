import type { Job } from '@manyhands/contracts'
import { failedRows, type SessionRow, toldBehind } from '@manyhands/job-store'
import type { FailedEntry, SessionEvent } from './api.ts'
import type { JobsContext } from './context.ts'
import { trimmed } from './results.ts'
import { noSuchSession } from './sessions.ts'
import { isQuiet, watchJob } from './waiting.ts'

/** Without news a reader hears `idle`, and looks again, in milliseconds. */
const idleMs = 10_000
/** Events that one look takes. */
const pageRows = 1000

/** How far a session's jobs are, which items failed, and their ends, in order, until its own end. Throws session-not-found. */
export async function sessionEvents(
  context: JobsContext,
  id: string,
  after: string,
  signal: AbortSignal,
): Promise<AsyncIterable<SessionEvent>> {
  if (!(await toldBehind(context.store, id, after, 1))) throw noSuchSession(id)
  return events(context, id, after, signal)
}

async function* events(context: JobsContext, id: string, after: string, signal: AbortSignal): AsyncGenerator<SessionEvent> {
  const watch = watchJob(context, `session/${id}`, { endOnly: false, signal })
  let place = after
  try {
    while (!signal.aborted) {
      const page = await pageBehind(context, id, place)
      yield* eventsOf(context, page)
      place = page.place
      if (page.isLast) return yield { type: 'over' }
      if (page.isAll && (await isQuiet(watch, idleMs))) yield { type: 'idle' }
    }
  } finally {
    watch.done()
  }
}

async function pageBehind({ store }: JobsContext, id: string, place: string) {
  const { rows, isOver, hasGap } = (await toldBehind(store, id, place, pageRows)) ?? { rows: [], isOver: true, hasGap: false }
  const isAll = rows.length < pageRows
  const last = rows.at(-1)?.at ?? place
  return { rows, place: last, hasGap, isAll, isLast: isAll && isOver }
}

async function* eventsOf(context: JobsContext, { hasGap, rows }: { hasGap: boolean; rows: SessionRow[] }): AsyncGenerator<SessionEvent> {
  if (hasGap) yield { type: 'gap' }
  // one by one: an item that failed may have had an input of 1 MiB
  for (const row of rows) yield await eventOf(context, row)
}

async function eventOf(context: JobsContext, { at, job, state = '', part, item, progress }: SessionRow): Promise<SessionEvent> {
  if (item !== undefined) return { type: 'failure', at, job, index: Number(item), ...(await failureOf(context, job, Number(item))) }
  if (progress !== undefined) return { type: 'progress', at, job, ...(JSON.parse(progress) as Pick<Job, 'state' | 'items'>) }
  const value = part === undefined ? undefined : valueIn(part)
  return { type: 'ended', at, job, state, ...(value !== undefined && { value }) }
}

/** Nothing of a job that is forgotten. */
async function failureOf({ store }: JobsContext, job: string, index: number): Promise<Partial<Pick<FailedEntry, 'error' | 'attempts'>>> {
  const [row] = await failedRows(store, job, index, 1)
  if (row === undefined) return {}
  const { error, attempts } = JSON.parse(row) as FailedEntry
  return { error, attempts }
}

/** The raw JSON text of the only value of a part; undefined when it is an error. */
function valueIn(stored: string): string | undefined {
  const { failed, lines } = trimmed({ from: 0, to: 1, position: 0, bytes: Buffer.from(stored) }, 0)
  return failed.length > 0 ? undefined : lines.toString().trimEnd()
}
