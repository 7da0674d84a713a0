import { type Job, ProblemError } from '@manyhands/contracts'
import { endEarly, forgetJob } from '@manyhands/job-store'
import { dispatch, type JobsContext } from './context.ts'
import { engineError } from './job-record.ts'
import { getJob, noSuchJob } from './look.ts'

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
