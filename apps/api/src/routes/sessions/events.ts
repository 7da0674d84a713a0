import { SessionId } from '@manyhands/contracts/schemas'
import type { SessionEvent } from '@manyhands/jobs'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { describe } from '../../openapi/operation.ts'
import { lines } from '../../openapi/parts.ts'
import { sendEvents } from '../../output/send-events.ts'
import { eventStream, sentEvent, sentText, signOfLife } from '../../output/sent-event.ts'

const operation = describe({
  tag: 'sessions',
  id: 'getSessionEvents',
  summary: 'What happens with its jobs',
  description:
    'Server-sent events of all jobs of the session: `job.progress` with {"job","state","items"}, at most four a second a job, `item.failed` with ' +
    '{"job","index","error","attempts"}, each once, and `job.ended` with {"job","state"} and the `value` of an apply, if it has at most some 500 bytes; of jobs ' +
    'that only name it in `notify`, the end alone. Then `session.ended`. Last-Event-ID goes on where a stream was cut. The last 100,000 events are kept: ' +
    '`session.gap` says that some are gone.',
  params: Type.Object({ session: SessionId }, { additionalProperties: false }),
  headers: Type.Object({ 'Last-Event-ID': Type.Optional(Type.String({ description: 'The id of the last event that came' })) }),
  answers: {
    200: {
      description: 'The events, until the end of the session',
      content: { [eventStream]: lines('Server-sent events') },
      example: 'id: 1763931600000-0\nevent: job.ended\ndata: {"job":"default~hXo8q1kBS5Gq2mYJ0b3k1A","state":"succeeded"}\n\n',
    },
  },
  errors: ['session-not-found', 'quota-exceeded'],
})

export function addEvents(app: FastifyInstance, api: Api): void {
  app.get<{ Params: { session: string } }>('/v1/sessions/:session/events', { ...operation, exposeHeadRoute: false }, (request, reply) =>
    api.held.run(reply.raw, async (signal) => {
      const last = String(request.headers['last-event-id'] ?? '')
      const events = await api.jobs.sessionEvents(request.params.session, /^\d{1,15}-\d{1,15}$/.test(last) ? last : '0-0', signal)
      await sendEvents(api, reply, { events, write, isLast: ({ type }) => type === 'over', signal })
      return reply
    }),
  )
}

function write(event: SessionEvent): string {
  switch (event.type) {
    case 'idle':
      return signOfLife
    case 'over':
      return sentEvent('session.ended', {})
    case 'gap':
      return sentEvent('session.gap', {})
    case 'ended':
      return ended(event)
    default: {
      const { type, at, ...data } = event
      return sentEvent(type === 'failure' ? 'item.failed' : 'job.progress', data, at)
    }
  }
}

function ended({ job, state, at, value }: Extract<SessionEvent, { type: 'ended' }>): string {
  const text = JSON.stringify({ job, state })
  return sentText('job.ended', value === undefined ? text : `${text.slice(0, -1)},"value":${value}}`, at)
}
