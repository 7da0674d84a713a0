import { type Job, media, ProblemError } from '@manyhands/contracts'
import type { Submitted } from '@manyhands/jobs'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Api } from './api.ts'
import { accepts, preferredWait } from './input/preferences.ts'
import { noteReplay, pathOf, sendAccepted } from './output/job-answers.ts'
import { isEnded, readWhole, sendWhole, type Whole } from './results.ts'

/** Submits and answers: 202 with the job; with `Prefer: wait`, 200 with its result if that is there in time. */
export async function answerSubmit(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  submit: () => Promise<Submitted>,
): Promise<FastifyReply> {
  const seconds = preferredWait(request)
  if (!seconds) return accepted(reply, await submit())
  return api.held.run(reply.raw, async (signal) => {
    const submitted = await submit()
    const job = await ended(api, submitted.job, seconds, signal)
    const whole = job && (await wholeOrNot(api, job, signal))
    if (!whole) return accepted(reply, { ...submitted, job: job ?? submitted.job })
    noteReplay(reply, submitted.replayed)
    reply.header('location', pathOf(submitted.job.id)).header('preference-applied', `wait=${seconds}`)
    sendWhole(reply, whole, accepts(request, media.tagged))
    return reply
  })
}

function accepted(reply: FastifyReply, { job, replayed }: Submitted): FastifyReply {
  noteReplay(reply, replayed)
  sendAccepted(reply, job)
  return reply
}

async function ended(api: Api, job: Job, seconds: number, signal: AbortSignal): Promise<Job | undefined> {
  const now = isEnded(job) ? job : await api.jobs.get(job.id, seconds * 1000, signal)
  return isEnded(now) && !signal.aborted ? now : undefined
}

/** The job was taken, so that a result which cannot be given as a whole is no error here: its caller gets the job. */
async function wholeOrNot(api: Api, job: Job, signal: AbortSignal): Promise<Whole | undefined> {
  try {
    return await readWhole(api.jobs, job, api.limits.wholeResultBytes, signal)
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500) return undefined
    throw error
  }
}
