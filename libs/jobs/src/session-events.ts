import { type EndedJob, endedBehind } from '@manyhands/job-store'
import type { SessionEvent } from './api.ts'
import type { JobsContext } from './context.ts'
import { trimmed } from './results.ts'
import { noSuchSession } from './sessions.ts'
import { isQuiet, watchJob } from './waiting.ts'

/** Without news a reader hears `idle`, and looks again, in milliseconds. */
const idleMs = 10_000
/** Ends that one look takes. */
const pageRows = 1000

/** The ends of a session's jobs, in order, until its own end. Throws session-not-found. */
export async function sessionEvents(
  context: JobsContext,
  id: string,
  after: string,
  signal: AbortSignal,
): Promise<AsyncIterable<SessionEvent>> {
  if (!(await endedBehind(context.store, id, after, 1))) throw noSuchSession(id)
  return events(context, id, after, signal)
}

async function* events(context: JobsContext, id: string, after: string, signal: AbortSignal): AsyncGenerator<SessionEvent> {
  const watch = watchJob(context, `session/${id}`, { endOnly: false, signal })
  let place = after
  try {
    while (!signal.aborted) {
      const page = await pageBehind(context, id, place)
      if (page.hasGap) yield { type: 'gap' }
      yield* page.events
      place = page.place
      if (page.isLast) return yield { type: 'over' }
      if (page.isAll && (await isQuiet(watch, idleMs))) yield { type: 'idle' }
    }
  } finally {
    watch.done()
  }
}

async function pageBehind({ store }: JobsContext, id: string, place: string) {
  const { ended, isOver, hasGap } = (await endedBehind(store, id, place, pageRows)) ?? { ended: [], isOver: true, hasGap: false }
  const isAll = ended.length < pageRows
  const last = ended.at(-1)?.at ?? place
  return { events: ended.map(eventOf), place: last, hasGap, isAll, isLast: isAll && isOver }
}

function eventOf({ part, ...one }: EndedJob): SessionEvent {
  const value = part === undefined ? undefined : valueIn(part)
  return { type: 'ended', ...one, ...(value !== undefined && { value }) }
}

/** The raw JSON text of the only value of a part; undefined when it is an error. */
function valueIn(stored: string): string | undefined {
  const { failed, lines } = trimmed({ from: 0, to: 1, position: 0, bytes: Buffer.from(stored) }, 0)
  return failed.length > 0 ? undefined : lines.toString().trimEnd()
}
