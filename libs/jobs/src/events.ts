import { isEnded, type Job } from '@manyhands/contracts'
import { failuresBehind } from '@manyhands/job-store'
import type { FailedEntry, JobEvent } from './api.ts'
import type { JobsContext } from './context.ts'
import { atOriginalIndexes } from './failed.ts'
import { getJob } from './look.ts'
import { SharedLooks } from './shared-looks.ts'
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
export async function jobEvents(
  context: JobsContext,
  looks: EventLooks,
  id: string,
  after: number,
  signal: AbortSignal,
): Promise<AsyncIterable<JobEvent>> {
  await looks.jobs.get(id)
  return events(context, looks, id, after, signal)
}

/** All readers of the events of a job look at once, at each news: they share what they find. */
export interface EventLooks {
  jobs: SharedLooks<Job>
  /** By "<job> <failures that the reader has> <job that it retries, or nothing>". */
  failures: SharedLooks<FailedEntry[]>
}

export const eventLooks = (context: JobsContext): EventLooks => ({
  jobs: new SharedLooks((id) => getJob(context, id)),
  failures: new SharedLooks((key) => failuresOf(context, key)),
})

async function* events(context: JobsContext, looks: EventLooks, id: string, after: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
  const watch = watchJob(context, id, { endOnly: false, progress: true, signal })
  const pace = new Pace()
  let number = after
  try {
    while (!signal.aborted) {
      // before the failures: those of an ended job are all there
      const job = await looks.jobs.get(id)
      number = yield* failures(looks, job, number)
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
async function* failures(looks: EventLooks, { id, retryOf = '' }: Job, after: number): AsyncGenerator<JobEvent, number> {
  for (let number = after; ; ) {
    const items = await looks.failures.get(`${id} ${number} ${retryOf}`)
    if (items.length > 0) yield { type: 'failures', after: number, items }
    number += items.length
    if (items.length < pageRows) return number
  }
}

async function failuresOf(context: JobsContext, key: string): Promise<FailedEntry[]> {
  const [id = '', after, retryOf] = key.split(' ')
  const rows = await failuresBehind(context.store, id, Number(after), pageRows)
  const entries = rows.map((row) => JSON.parse(row) as FailedEntry)
  return atOriginalIndexes(context, { id, retryOf: retryOf || undefined }, entries)
}

/** What is told of how far a job is; once for all readers. */
const words = new WeakMap<Job, string>()
function wordsOf(job: Job): string {
  const text = words.get(job) ?? JSON.stringify([job.state, job.waitingFor, job.items, job.progress])
  words.set(job, text)
  return text
}

/** When a job is told once more: when something has changed, and not too often. */
class Pace {
  #told = ''
  #toldAt = Number.NEGATIVE_INFINITY
  #isHeldBack = false

  isDue(job: Job): boolean {
    const now = wordsOf(job)
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
