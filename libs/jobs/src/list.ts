import type { Job } from '@manyhands/contracts'
import { listJobIds } from '@manyhands/job-store'
import type { JobFilter, JobMatch } from './api.ts'
import type { JobsContext } from './context.ts'
import { jobOf } from './look.ts'
import { page } from './paging.ts'

/** Jobs of the tenant that fit the filter, newest first. */
export async function listJobs(context: JobsContext, filter: JobFilter): Promise<{ jobs: Job[]; cursor: string | null }> {
  const idsAt = (start: number, count: number) => listJobIds(context.store, start, count)
  const { found, cursor } = await page(context, filter, idsAt, async (view) => {
    const job = await jobOf(context, view)
    return fits(job, filter) ? job : undefined
  })
  return { jobs: found, cursor }
}

export function fits(job: Job, filter: JobMatch): boolean {
  const same = (asked: string | undefined, is: string | undefined) => asked === undefined || asked === is
  const labelled = Object.entries(filter.labels).every(([name, value]) => job.labels[name] === value)
  return (
    same(filter.state, job.state) &&
    same(filter.function, job.function) &&
    same(filter.pool, job.pool) &&
    same(filter.parent, job.parent?.job) &&
    labelled
  )
}
