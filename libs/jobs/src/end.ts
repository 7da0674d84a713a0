import { setTimeout as pause } from 'node:timers/promises'
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

/** How long what webhooks are to tell of a job may take to be noted, and between two looks, in milliseconds. */
const tellingMs = { most: 2000, step: 50 }

/** Every key of an ended job goes; after that the id is unknown. */
export async function forget(context: JobsContext, id: string): Promise<void> {
  const answer = await forgetTold(context, id)
  if (answer === 'gone') throw noSuchJob(id)
  if (answer === 'live') throw new ProblemError('job-not-ended', `job ${id} has not ended; cancel it first`)
  if (answer === 'telling') throw new ProblemError('job-not-ended', `the webhooks of job ${id} are not noted yet; try again`)
}

/** Forgotten once its webhooks are noted, which takes a few milliseconds while an API is up. */
async function forgetTold({ store }: JobsContext, id: string) {
  const end = performance.now() + tellingMs.most
  while (true) {
    const answer = await forgetJob(store, id)
    if (answer !== 'telling' || performance.now() >= end) return answer
    await pause(tellingMs.step)
  }
}
