import { isEnded, type Job } from '@manyhands/contracts'
import { failuresBehind } from '@manyhands/job-store'
import type { FailedEntry, JobEvent } from './api.ts'
import type { JobsContext } from './context.ts'
import { atOriginalIndexes } from './failed.ts'
import { getJob } from './look.ts'
import { isQuiet, watchJob } from './waiting.ts'

/** Without news a reader hears `idle`, and looks again, in milliseconds. */
const idleMs = 10_000
/** How far a job is, is told this far apart, in milliseconds. */
const paceMs = 250
/** Failures that one look takes, each with an input of up to 1 MiB. */
const pageRows = 20

/**
 * What happens with a job: how far it is, each failure once, its end. The place of a reader is the number of failures that it has, so that any
 * process goes on where another one was cut; how far the job is, is a state, whose latest is enough. Throws not-found.
 */
export async function jobEvents(context: JobsContext, id: string, after: number, signal: AbortSignal): Promise<AsyncIterable<JobEvent>> {
  await getJob(context, id)
  return events(context, id, after, signal)
}

async function* events(context: JobsContext, id: string, after: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
  const watch = watchJob(context, id, { endOnly: false, progress: true, signal })
  const pace = new Pace()
  let number = after
  try {
    while (!signal.aborted) {
      // before the failures: those of an ended job are all there
      const job = await getJob(context, id)
      number = yield* failures(context, job, number)
      if (isEnded(job.state)) return yield { type: 'end', job }
      if (pace.isDue(job)) yield { type: 'progress', job }
      const { waitMs } = pace
      if ((await isQuiet(watch, waitMs)) && waitMs === idleMs) yield { type: 'idle' }
    }
  } finally {
    watch.done()
  }
}

/** Returns how many were told by now. */
async function* failures(context: JobsContext, job: Job, after: number): AsyncGenerator<JobEvent, number> {
  for (let number = after; ; ) {
    const rows = await failuresBehind(context.store, job.id, number, pageRows)
    const entries = rows.map((row) => JSON.parse(row) as FailedEntry)
    for (const item of await atOriginalIndexes(context, job, entries)) yield { type: 'failure', number: ++number, item }
    if (rows.length < pageRows) return number
  }
}

/** When a job is told once more: when something has changed, and not too often. */
class Pace {
  #told = ''
  #toldAt = Number.NEGATIVE_INFINITY
  #isHeldBack = false

  isDue(job: Job): boolean {
    const now = JSON.stringify([job.state, job.waitingFor, job.items, job.progress])
    const isNews = now !== this.#told
    this.#isHeldBack = isNews && performance.now() < this.#toldAt + paceMs
    if (!isNews || this.#isHeldBack) return false
    this.#told = now
    this.#toldAt = performance.now()
    return true
  }

  /** How long to wait for news. */
  get waitMs(): number {
    return this.#isHeldBack ? Math.max(1, this.#toldAt + paceMs - performance.now()) : idleMs
  }
}
