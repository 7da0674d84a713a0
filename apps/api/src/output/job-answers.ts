import type { Job } from '@manyhands/contracts'
import type { FastifyReply } from 'fastify'

/** Seconds after which asking again makes sense. */
const askAgain = '1'

export const pathOf = (id: string): string => `/v1/jobs/${id}`

/** 202: the job is taken, its end is elsewhere. */
export function sendAccepted(reply: FastifyReply, job: Job): void {
  reply.code(202).header('location', pathOf(job.id)).header('retry-after', askAgain).send(job)
}

/** The headers of a 202 whose body is streamed. */
export function acceptedHeaders(job: Job): Record<string, string> {
  return { location: pathOf(job.id), 'retry-after': askAgain, 'content-type': 'application/json; charset=utf-8' }
}

/** Says that the same Idempotency-Key had made the job before. */
export function noteReplay(reply: FastifyReply, replayed: boolean): void {
  if (replayed) reply.header('idempotency-replayed', 'true')
}
