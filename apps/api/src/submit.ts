import { isEnded, media, ProblemError } from '@manyhands/contracts'
import type { Submitted, SubmitWait } from '@manyhands/jobs'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Api } from './api.ts'
import { accepts, preferredWait } from './input/preferences.ts'
import { noteReplay, pathOf, sendAccepted } from './output/job-answers.ts'
import { readWhole, sendWhole, type Whole, wholeOf } from './results.ts'

/** Submits and answers: 202 with the job; with `Prefer: wait`, 200 with its result if that is there in time. */
export async function answerSubmit(
  api: Api,
  request: FastifyRequest,
  reply: FastifyReply,
  submit: (wait?: SubmitWait) => Promise<Submitted>,
): Promise<FastifyReply> {
  const seconds = preferredWait(request)
  if (!seconds) return accepted(reply, await submit())
  return api.held.run(reply.raw, async (signal) => {
    const submitted = await submit({ ms: seconds * 1000, signal })
    const whole = isEnded(submitted.job.state) && !signal.aborted ? await wholeOrNot(api, submitted, signal) : undefined
    if (!whole) return accepted(reply, submitted)
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

/** The job was taken, so that a result which cannot be given as a whole is no error here: its caller gets the job. */
async function wholeOrNot(api: Api, { job, results }: Submitted, signal: AbortSignal): Promise<Whole | undefined> {
  try {
    if (results) return wholeOf(job, results, api.limits.wholeResultBytes)
    return await readWhole(api.jobs, job, api.limits.wholeResultBytes, signal)
  } catch (error) {
    if (error instanceof ProblemError && (error.status < 500 || error.code === 'stopping')) return undefined
    throw error
  }
}
