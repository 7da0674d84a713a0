import type { OutputEvent } from '@manyhands/jobs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { accepts } from '../../input/preferences.ts'
import { describe } from '../../openapi/operation.ts'
import { JobParams, lines } from '../../openapi/parts.ts'
import { AnswerStream } from '../../output/answer-stream.ts'
import { type OutputFormat, plainOutput, sentOutput } from '../../output/output-format.ts'

const LogQuery = Type.Object(
  {
    follow: Type.Optional(Type.Boolean({ description: 'Whether to go on until the process has ended; server-sent events always do' })),
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Bytes that you have already; default 0' }),
    ),
    stream: Type.Optional(
      Type.Unsafe<'stdout' | 'stderr'>(Type.String({ enum: ['stdout', 'stderr'], description: 'Only one of them; default both' })),
    ),
  },
  { additionalProperties: false },
)
const sse = 'text/event-stream'

const operation = describe({
  tag: 'processes',
  id: 'getProcessLogs',
  summary: 'What a process writes',
  description:
    'stdout and stderr, in order, while it runs and after. The last 256 KiB are kept: a line `[n bytes dropped]` stands for what went before. As server-sent ' +
    'events: `stdout` and `stderr` with {"text"}, `dropped` with {"bytes"}, and `end` with {"state","exitCode"}; Last-Event-ID goes on where a stream was cut.',
  params: JobParams,
  query: LogQuery,
  headers: Type.Object({ 'Last-Event-ID': Type.Optional(Type.String({ description: 'As `after`' })) }),
  answers: {
    200: {
      description: 'What it wrote',
      content: { 'text/plain': lines('As it was written'), [sse]: lines('Server-sent events') },
      example: 'Hello Alice from process 12345\n',
    },
  },
  errors: ['not-found', 'quota-exceeded'],
})

type LogRequest = FastifyRequest<{ Params: { id: string }; Querystring: Static<typeof LogQuery> }>

export function addLogs(app: FastifyInstance, api: Api): void {
  app.get<{ Params: { id: string }; Querystring: Static<typeof LogQuery> }>(
    '/v1/processes/:id/logs',
    { ...operation, exposeHeadRoute: false },
    (request, reply) =>
      api.held.run(reply.raw, async (signal) => {
        const isSent = accepts(request, sse)
        const { follow = isSent, stream } = request.query
        const events = await api.jobs.processOutput(request.params.id, { after: startOf(request), follow: follow || isSent, signal })
        await send(api, reply, { format: isSent ? sentOutput(stream) : plainOutput(stream), events, signal })
        return reply
      }),
  )
}

function startOf({ query, headers }: LogRequest): number {
  const last = String(headers['last-event-id'] ?? '')
  return /^\d{1,15}$/.test(last) ? Number(last) : (query.after ?? 0)
}

interface Sending {
  format: OutputFormat
  events: AsyncIterable<OutputEvent>
  signal: AbortSignal
}

/** Sends what is written as it comes. When that fails the connection is cut, which no reader takes for the end. */
async function send({ timeouts, log }: Api, reply: FastifyReply, { format, events, signal }: Sending): Promise<void> {
  const headers = { 'content-type': format.contentType, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  const answer = new AnswerStream(reply, 200, headers, timeouts.readerSilence)
  try {
    for await (const event of events) {
      const text = format.write(event)
      if (event.type === 'end') return answer.end(String(text))
      if (text.length > 0) await answer.write(text, signal)
    }
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, request: reply.request.id }, 'a stream of output was cut')
  }
  answer.cut()
}
