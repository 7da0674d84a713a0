import { groupOf, isEnded, type Job, ProblemError, type Webhook } from '@manyhands/contracts'
import { type JobView, originsOf, viewJob } from '@manyhands/job-store'
import type { Told } from './api.ts'
import type { JobsContext } from './context.ts'
import { toJob } from './job-record.ts'
import { watchJob } from './waiting.ts'

export function noSuchJob(id: string): ProblemError {
  return new ProblemError('not-found', `there is no job ${id}; ended jobs are forgotten after their resultTtlMs`)
}

/** The job as it stands. Throws not-found. */
export async function getJob(context: JobsContext, id: string): Promise<Job> {
  const view = groupOf(id) === context.store.group ? await viewJob(context.store, id) : undefined
  if (!view) throw noSuchJob(id)
  return jobOf(context, view)
}

/** The job, and whom it named to be told of it; undefined when it is forgotten. */
export async function getTold(context: JobsContext, id: string): Promise<Told | undefined> {
  const view = await viewJob(context.store, id)
  if (!view) return undefined
  const { webhook } = view.record
  return { job: await jobOf(context, view), ...(webhook !== undefined && { webhook: JSON.parse(webhook) as Webhook }) }
}

/** The job of a look. */
export async function jobOf(context: JobsContext, view: JobView): Promise<Job> {
  const job = toJob(view)
  const { errors, progress } = job
  const [said, ...indexes] = await originalIndexes(context, job, [progress?.index ?? 0, ...errors.map((error) => error.firstIndex)])
  return {
    ...job,
    ...(progress && { progress: { ...progress, index: said ?? progress.index } }),
    errors: errors.map((error, i) => ({ ...error, firstIndex: indexes[i] ?? error.firstIndex })),
  }
}

/** Of a retry: the indexes in the first job; of any other job they are the same. */
export async function originalIndexes(
  { store }: JobsContext,
  { id, retryOf }: { id: string; retryOf?: string | undefined },
  items: number[],
): Promise<number[]> {
  return retryOf === undefined ? items : originsOf(store, id, items)
}

/** The job once it has ended, or as it stands after `waitMs`. */
export async function waitForJob(context: JobsContext, id: string, waitMs: number, signal?: AbortSignal): Promise<Job> {
  const deadline = performance.now() + waitMs
  const watch = watchJob(context, id, { endOnly: true, signal })
  try {
    while (true) {
      const job = await getJob(context, id)
      const left = deadline - performance.now()
      if (isEnded(job.state) || left <= 0 || signal?.aborted) return job
      await watch.news(left)
    }
  } finally {
    watch.done()
  }
}
