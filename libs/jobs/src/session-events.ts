import { endedBehind } from '@manyhands/job-store'
import type { SessionEvent } from './api.ts'
import type { JobsContext } from './context.ts'
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
      yield* page.events
      place = page.events.at(-1)?.at ?? place
      if (page.isLast) return yield { type: 'over' }
      if (page.isAll && (await isQuiet(watch, idleMs))) yield { type: 'idle' }
    }
  } finally {
    watch.done()
  }
}

async function pageBehind({ store }: JobsContext, id: string, place: string) {
  const { ended, isOver } = (await endedBehind(store, id, place, pageRows)) ?? { ended: [], isOver: true }
  const isAll = ended.length < pageRows
  return { events: ended.map((one) => ({ type: 'ended' as const, ...one })), isAll, isLast: isAll && isOver }
}
