import { type Job, ProblemError } from '@manyhands/contracts'
import type { Submission, Upload } from '@manyhands/jobs'
import type { FastifyReply } from 'fastify'
import type { Api } from '../../api.ts'
import { blocksOf } from '../../input/block-stream.ts'
import { dropRest } from '../../input/rest.ts'
import { streamSubmissionOf } from '../../input/stream-query.ts'
import { AnswerStream } from '../../output/answer-stream.ts'
import { acceptedHeaders, noteReplay, sendAccepted } from '../../output/job-answers.ts'
import { jsonText } from '../../output/json-text.ts'
import { problemDocument, toProblem } from '../../problem.ts'
import type { MapRequest } from './map.ts'

/**
 * A map whose input is an NDJSON stream (engine.md: Input). 202, Location and one newline go out when the record is open, since a complete
 * early answer would make a client cut its upload; the job, or the problem that ended the input, follows as the last line.
 */
export function streamMap(api: Api, request: MapRequest, reply: FastifyReply, kind: Submission['kind']): Promise<FastifyReply> {
  const submission = streamSubmissionOf(request, kind)
  return api.held.run(reply.raw, async (signal) => {
    const upload = await api.jobs.upload(submission, { hold: request.query.start === 'end' })
    if (upload.replayed) return answerReplay(request, reply, upload.job)
    const answer = new AnswerStream(reply, 202, acceptedHeaders(upload.job), api.timeouts.readerSilence)
    const last = await load(api, request, { answer, upload, signal: AbortSignal.any([signal, upload.refused]) })
    answer.end(jsonText(last))
    dropRest(request.raw)
    return reply
  })
}

/** The job has its input from the first request: what comes now is not wanted. */
function answerReplay(request: MapRequest, reply: FastifyReply, job: Job): FastifyReply {
  noteReplay(reply, true)
  sendAccepted(reply, job)
  dropRest(request.raw)
  return reply
}

interface Loading {
  answer: AnswerStream
  upload: Upload
  signal: AbortSignal
}

/** Stores the input as it comes. Returns what is said last: the job, or the problem; with a problem the job is cancelled. */
async function load(api: Api, request: MapRequest, { answer, upload, signal }: Loading): Promise<object> {
  try {
    await answer.write('\n', signal)
    const times = { silence: api.timeouts.uploadSilence, total: Number.POSITIVE_INFINITY }
    const input = blocksOf(request.raw, { ...api.limits, times, signal })
    for await (const block of input) await unlessAborted(upload.append(block), signal)
    return await upload.end()
  } catch (error) {
    const problem = toProblem(upload.refused.aborted ? upload.refused.reason : error)
    if (problem.code === 'internal') api.log.error({ err: error, request: request.id, job: upload.job.id }, 'an upload failed')
    await abort(api, upload, problem)
    return problemDocument(problem, request.id)
  }
}

/** If this fails as well, the lease of the upload runs out, and the reconciler ends the job. */
async function abort(api: Api, upload: Upload, problem: ProblemError): Promise<void> {
  try {
    await upload.abort(`${problem.code}: ${problem.message}`)
  } catch (error) {
    api.log.warn({ err: error, job: upload.job.id }, 'an upload could not be aborted')
  }
}

/** A full window may stay full for long: a sender that has gone is noticed meanwhile. */
function unlessAborted(stored: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = () => reject(new ProblemError('input-aborted', 'the connection was cut, or the server stops'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  stored.then(resolve, reject)
  return promise.finally(() => signal.removeEventListener('abort', onAbort))
}
