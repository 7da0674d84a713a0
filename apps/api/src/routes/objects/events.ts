import { ProblemError } from '@manyhands/contracts'
import { type ObjectRef, type ObjectType, refText } from '@manyhands/objects'
import type { ObjectNews } from '@manyhands/shared-state'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { describe } from '../../openapi/operation.ts'
import { lines } from '../../openapi/parts.ts'
import { sendEvents } from '../../output/send-events.ts'
import { eventStream, sentText, signOfLife } from '../../output/sent-event.ts'
import { ObjectParams, type OfObject } from './parts.ts'

const operation = describe({
  tag: 'objects',
  id: 'watchObject',
  summary: 'Watch a shared object',
  description:
    'Server-sent events: `state` with {"version","value"}, all of it as it is; then `change` with {"version","method","args"} for each write, in order; ' +
    '`gone` when it is deleted. After a cut, and where a reader is too slow, `state` comes anew: nothing is missed. Values carry tags where JSON has no word.',
  params: ObjectParams,
  answers: {
    200: {
      description: 'The events, until the object is gone',
      content: { [eventStream]: lines('Server-sent events') },
      example:
        'id: 1\nevent: state\ndata: {"version":1,"value":[["alice",1]]}\n\nid: 2\nevent: change\ndata: {"version":2,"method":"set","args":["bob",2]}\n\n',
    },
  },
  errors: ['object-not-found', 'quota-exceeded'],
})

/** GET /v1/managers/{manager}/{type}/{name}/events */
export function addObjectEvents(app: FastifyInstance, api: Api): void {
  app.get<OfObject>('/v1/managers/:manager/:type/:name/events', { ...operation, exposeHeadRoute: false }, (request, reply) =>
    api.held.run(reply.raw, async (signal) => {
      const { manager, type, name } = request.params
      const ref: ObjectRef = { manager, type: type as ObjectType, name }
      const news = api.door.watch(ref, signal)
      const first = (await news.next()).value as ObjectNews
      if (first.type === 'gone') throw new ProblemError('object-not-found', `there is no ${refText(ref)}`)
      await sendEvents(api, reply, { events: startingWith(first, news), write, isLast: (one) => one.type === 'gone', signal })
      return reply
    }),
  )
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    yield first
    yield* rest
  } finally {
    await rest.return()
  }
}

function write(news: ObjectNews): string {
  if (news.type === 'idle') return signOfLife
  if (news.type === 'gone') return sentText('gone', '{}')
  const { version } = news
  const rest = news.type === 'state' ? `"value":${news.value}` : `"method":"${news.method}","args":${news.args}`
  return sentText(news.type, `{"version":${version},${rest}}`, version)
}
