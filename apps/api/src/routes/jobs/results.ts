import { isEnded, media, type Wire } from '@manyhands/contracts'
import type { ResultEvent } from '@manyhands/jobs'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { accepts } from '../../input/preferences.ts'
import { describe } from '../../openapi/operation.ts'
import { acceptedJob, JobParams, lines, resultAnswer, wait } from '../../openapi/parts.ts'
import { AnswerStream } from '../../output/answer-stream.ts'
import { sendAccepted } from '../../output/job-answers.ts'
import { linesFormat, partsFormat, type ResultsFormat } from '../../output/results-format.ts'
import { readWhole, sendWhole } from '../../results.ts'

const WaitQuery = Type.Object(wait, { additionalProperties: false })
const StreamQuery = Type.Object(
  {
    order: Type.Optional(
      Type.Unsafe<'input' | 'completion'>(Type.String({ enum: ['input', 'completion'], description: 'Default: input' })),
    ),
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Lines that you have already; default 0' }),
    ),
    frames: Type.Optional(
      Type.Boolean({ description: 'Whether keep-alive lines and a last line with the end come, so that an end can be told from a cut' }),
    ),
  },
  { additionalProperties: false },
)

const whole = describe({
  tag: 'results',
  id: 'getResult',
  summary: 'The whole result',
  description:
    'For an apply and for maps that fit into one answer. A job that has not ended (after `wait` seconds) is answered with 202 and the job. Of a map that ' +
    'ended early (cancelled, too many failures, its deadline) each item that never ran stands among the failed ones, with the code `not-run`.',
  params: JobParams,
  query: WaitQuery,
  answers: { 200: resultAnswer, 202: acceptedJob('The job has not ended') },
  errors: ['not-found', 'result-set-too-large', 'results-discarded', 'results-consumed', 'reader-exists', 'quota-exceeded', 'stopping'],
})
const stream = describe({
  tag: 'results',
  id: 'streamResults',
  summary: 'Results, one a line, live',
  description:
    'One line an item: `{"index":0,"value":25}`, or `{"index":5,"error":{...}}`; lines come while the job runs. A cut stream goes on with `after=` the lines that ' +
    'came. Of a job that ended early there is a line for each item that ran, and none for the others. ' +
    `\`${media.parts}\` gives whole stored parts: a header line {"runs","failed","bytes"}, then so many bytes of values, one a line; the last line is ` +
    '{"end":job}.',
  params: JobParams,
  query: StreamQuery,
  answers: {
    200: {
      description: 'The results',
      content: {
        [media.ndjson]: lines('Lines'),
        [media.taggedLines]: lines('Lines whose values carry tags'),
        [media.parts]: lines('Parts'),
      },
      example: '{"index":0,"value":1}\n{"index":1,"value":4}\n',
    },
  },
  errors: ['not-found', 'results-discarded', 'results-consumed', 'reader-exists', 'quota-exceeded'],
})

interface Job {
  Params: { id: string }
}

export function addResults(app: FastifyInstance, api: Api): void {
  const { jobs, held } = api
  app.get<Job & { Querystring: Static<typeof WaitQuery> }>('/v1/jobs/:id/result', whole, (request, reply) =>
    held.run(reply.raw, async (signal) => {
      const job = await jobs.get(request.params.id, (request.query.wait ?? 0) * 1000, signal)
      if (!isEnded(job.state)) sendAccepted(reply, job)
      else sendWhole(reply, await readWhole(jobs, job, api.limits.wholeResultBytes, signal), accepts(request, media.tagged))
      return reply
    }),
  )
  app.get<Job & { Querystring: Static<typeof StreamQuery> }>(
    '/v1/jobs/:id/results',
    { ...stream, exposeHeadRoute: false },
    (request, reply) =>
      held.run(reply.raw, async (signal) => {
        const { order = 'input', after = 0, frames = false } = request.query
        const { wire, events } = await jobs.results(request.params.id, { order, after, signal })
        const format = accepts(request, media.parts) ? partsFormat : linesFormat({ frames, tagged: accepts(request, media.taggedLines) })
        await sendEvents(api, reply, { format, wire, events, signal })
        return reply
      }),
  )
}

interface Sending {
  format: ResultsFormat
  wire: Wire
  events: AsyncIterable<ResultEvent>
  signal: AbortSignal
}

/** Sends results as they come. When that fails the connection is cut, which no reader takes for the end. */
async function sendEvents({ timeouts, log }: Api, reply: FastifyReply, { format, wire, events, signal }: Sending): Promise<void> {
  const answer = new AnswerStream(
    reply,
    200,
    { 'content-type': format.contentType(wire), 'cache-control': 'no-store' },
    timeouts.readerSilence,
  )
  try {
    for await (const event of events) {
      if (event.type === 'end') return answer.end(format.end(event.job))
      await (event.type === 'part' ? format.part(answer, event.part, signal) : format.idle(answer, signal))
    }
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, request: reply.request.id }, 'a stream of results was cut')
  }
  answer.cut()
}
