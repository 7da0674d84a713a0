import { type Job, media, ProblemError, type Wire } from '@manyhands/contracts'
import type { Jobs, ResultEvent, Submitted } from '@manyhands/jobs'
import type { FastifyReply } from 'fastify'
import { WholeResult } from './output/whole-result.ts'

export interface Whole {
  wire: Wire
  text: Buffer
}

/** All results of an ended job as one document. Throws result-set-too-large, results-discarded, results-consumed, stopping. */
export async function readWhole(jobs: Jobs, job: Job, limit: number, signal: AbortSignal): Promise<Whole> {
  const { wire, events } = await jobs.results(job.id, { order: 'input', after: 0, notRun: true, signal })
  return { wire, text: await gathered(job, events, limit) }
}

/** Events that stop without their end are those of a server that stops: what there is is not all. */
export async function gathered(job: Job, events: AsyncIterable<ResultEvent>, limit: number): Promise<Buffer> {
  const whole = new WholeResult(job, limit)
  for await (const event of events) {
    if (event.type === 'part') whole.add(event.part)
    if (event.type === 'end') return whole.text()
  }
  throw new ProblemError('stopping', 'the server stops; ask again', { retryAfter: 1 })
}

/** Results that are at hand as one document. */
export function wholeOf(job: Job, { wire, parts }: NonNullable<Submitted['results']>, limit: number): Whole {
  const whole = new WholeResult(job, limit)
  for (const part of parts) whole.add(part)
  return { wire, text: whole.text() }
}

/** 200 with the document. Values with tags are named so only to those who ask for them; to others they are literal. */
export function sendWhole(reply: FastifyReply, { wire, text }: Whole, takesTags: boolean): void {
  reply.type(wire === 'tagged' && takesTags ? media.tagged : `${media.json}; charset=utf-8`).send(text)
}
