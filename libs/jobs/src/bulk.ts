import { isEnded, type Job, ProblemError, passes } from '@manyhands/contracts'
import { listJobIds, viewJob } from '@manyhands/job-store'
import type { BulkFilter, BulkOutcome } from './api.ts'
import type { JobsContext } from './context.ts'
import { cancelJob } from './end.ts'
import { fits } from './list.ts'
import { jobOf } from './look.ts'
import { page } from './paging.ts'
import { retryJob } from './retry.ts'

/** Jobs that are dealt with between two looks at the clock. */
const stepJobs = 20
/** A request that takes longer is answered as it stands, in milliseconds. */
const patienceMs = 5000

interface Deed {
  /** Whether there is anything to do with the job. */
  isMeant(job: Job): boolean | Promise<boolean>
  /** Gives the id of a job that came of it. */
  act(id: string): Promise<string | undefined>
}

export async function cancelMany(context: JobsContext, filter: BulkFilter): Promise<BulkOutcome> {
  const act = async (id: string) => void (await cancelJob(context, id))
  const { retries: _none, ...outcome } = await forMany(context, filter, { isMeant: (job) => !isEnded(job.state), act })
  return outcome
}

/** Asked again, also after a failure, it retries no job twice: a job knows its retry. */
export function retryMany(context: JobsContext, filter: BulkFilter): Promise<BulkOutcome> {
  const isMeant = async (job: Job) => isEnded(job.state) && job.items.failed > 0 && !(await isRetried(context, job))
  return forMany(context, filter, { isMeant, act: async (id) => (await retryJob(context, id)).job.id })
}

/** A retry that was cancelled, or forgotten, is none. */
async function isRetried({ store }: JobsContext, { retriedAs }: Job): Promise<boolean> {
  if (retriedAs === undefined) return false
  const retry = await viewJob(store, retriedAs)
  return retry !== undefined && retry.record.state !== 'cancelled'
}

async function forMany(context: JobsContext, filter: BulkFilter, deed: Deed) {
  const outcome: BulkOutcome & { retries: string[] } = { jobs: [], retries: [], refused: [], cursor: filter.cursor ?? null }
  const end = performance.now() + patienceMs
  do {
    const limit = Math.min(stepJobs, filter.limit - outcome.jobs.length)
    const { found, cursor } = await meantJobs(
      context,
      { ...filter, ...(outcome.cursor !== null && { cursor: outcome.cursor }), limit },
      deed,
    )
    for (const id of found) await deal(id, filter.dryRun, deed, outcome)
    outcome.cursor = cursor
  } while (outcome.cursor !== null && outcome.jobs.length < filter.limit && performance.now() < end)
  return outcome
}

function meantJobs(context: JobsContext, filter: BulkFilter, { isMeant }: Deed) {
  const idsAt = (start: number, count: number) => listJobIds(context.store, start, count)
  return page(context, filter, idsAt, async (view) => {
    const job = await jobOf(context, view)
    return fits(job, filter) && (await isMeant(job)) ? job.id : undefined
  })
}

async function deal(
  id: string,
  dryRun: boolean,
  { act }: Deed,
  { jobs, retries, refused }: BulkOutcome & { retries: string[] },
): Promise<void> {
  try {
    const made = dryRun ? undefined : await act(id)
    jobs.push(id)
    if (made !== undefined) retries.push(made)
  } catch (error) {
    // what passes is told to the caller as it is: the same request goes on later
    if (!(error instanceof ProblemError) || passes(error.code)) throw error
    refused.push({ id, code: error.code, detail: error.message })
  }
}
