import { isEnded } from '@manyhands/contracts'
import type { FailedEntry, JobEvent } from '@manyhands/jobs'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { describe } from '../../openapi/operation.ts'
import { JobParams, lines } from '../../openapi/parts.ts'
import { sendEvents } from '../../output/send-events.ts'
import { eventStream, sentEvent, signOfLife } from '../../output/sent-event.ts'

/** Id of the last event: who has it needs no more. */
const lastId = 'end'

const operation = describe({
  tag: 'jobs',
  id: 'getJobEvents',
  summary: 'What happens with a job',
  description:
    'Server-sent events: `job.progress` with {"state","waitingFor","items","progress"}, at most four a second, `item.failed` with {"index","error","attempts"}, ' +
    'each once, and at the end `job.succeeded`, `job.failed` or `job.cancelled` with the job. Last-Event-ID goes on where a stream was cut; who has ' +
    'the end is answered with 204.',
  params: JobParams,
  headers: Type.Object({ 'Last-Event-ID': Type.Optional(Type.String({ description: 'The id of the last event that came' })) }),
  answers: {
    200: {
      description: 'The events, until the end of the job',
      content: { [eventStream]: lines('Server-sent events') },
      example: 'id: 1\nevent: item.failed\ndata: {"index":5,"error":{...},"attempts":1}\n\n',
    },
    204: { description: 'There is nothing behind the last event' },
  },
  errors: ['not-found', 'quota-exceeded'],
})

export function addEvents(app: FastifyInstance, api: Api): void {
  app.get<{ Params: { id: string } }>('/v1/jobs/:id/events', { ...operation, exposeHeadRoute: false }, (request, reply) =>
    api.held.run(reply.raw, async (signal) => {
      const last = String(request.headers['last-event-id'] ?? '')
      if (last === lastId && isEnded((await api.jobs.get(request.params.id)).state)) return reply.code(204).send()
      const events = await api.jobs.events(request.params.id, /^\d{1,15}$/.test(last) ? Number(last) : 0, signal)
      await sendEvents(api, reply, { events, write, isLast: ({ type }) => type === 'end', signal })
      return reply
    }),
  )
}

/** Readers of one job are told the same things, which are written once. */
const written = { failures: new WeakMap<object, Buffer>(), progress: new WeakMap<object, Buffer>(), ends: new WeakMap<object, Buffer>() }

function write(event: JobEvent): string | Buffer {
  if (event.type === 'idle') return signOfLife
  if (event.type === 'end') return once(written.ends, event.job, (job) => sentEvent(`job.${job.state}`, job, lastId))
  if (event.type === 'failures')
    return once(written.failures, event.items, (items) => items.map((item, i) => failureText(item, event.after + i + 1)).join(''))
  return once(written.progress, event.job, ({ state, waitingFor, items, progress }) =>
    sentEvent('job.progress', { state, waitingFor, items, ...(progress && { progress }) }),
  )
}

const failureText = ({ index, error, attempts }: FailedEntry, number: number) =>
  sentEvent('item.failed', { index, error, attempts }, number)

function once<T extends object>(known: WeakMap<object, Buffer>, told: T, text: (told: T) => string): Buffer {
  const bytes = known.get(told) ?? Buffer.from(text(told))
  known.set(told, bytes)
  return bytes
}
