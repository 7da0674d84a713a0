import { type Job, ProblemError } from '@manyhands/contracts'
import { listJobIds, viewJob } from '@manyhands/job-store'
import type { JobFilter } from './api.ts'
import type { JobsContext } from './context.ts'
import { jobOf } from './look.ts'

/** Jobs looked at in one round trip, and at most for one page: a page may be short, its cursor says whether there is more. */
const lookAt = 100
const lookAtMost = 2000

/** Jobs of the tenant that fit the filter, newest first. */
export async function listJobs(context: JobsContext, filter: JobFilter): Promise<{ jobs: Job[]; cursor: string | null }> {
  const jobs: Job[] = []
  let position = startOf(filter.cursor)
  const end = position + lookAtMost
  while (position < end) {
    const page = await lookAtPage(context, position)
    const fitting = page.flatMap((job, i) => (job && fits(job, filter) ? [{ job, position: position + i }] : []))
    const room = fitting.slice(0, filter.limit - jobs.length)
    jobs.push(...room.map((found) => found.job))
    const next = fitting[room.length]
    if (next) return { jobs, cursor: String(next.position) }
    if (page.length < lookAt) return { jobs, cursor: null }
    position += page.length
  }
  return { jobs, cursor: String(position) }
}

/** One page of jobs; undefined where one was forgotten meanwhile. */
async function lookAtPage(context: JobsContext, position: number): Promise<(Job | undefined)[]> {
  const ids = await listJobIds(context.store, position, lookAt)
  const views = await Promise.all(ids.map((id) => viewJob(context.store, id)))
  return Promise.all(views.map((view) => view && jobOf(context, view)))
}

function startOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^\d{1,12}$/.test(cursor)) return Number(cursor)
  throw new ProblemError('invalid-parameter', 'cursor is not one that a list answered', {
    errors: [{ pointer: 'cursor', detail: 'unknown cursor' }],
  })
}

function fits(job: Job, filter: JobFilter): boolean {
  const same = (asked: string | undefined, is: string) => asked === undefined || asked === is
  const labelled = Object.entries(filter.labels).every(([name, value]) => job.labels[name] === value)
  return same(filter.state, job.state) && same(filter.function, job.function) && same(filter.pool, job.pool) && labelled
}
