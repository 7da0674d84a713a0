import { JobId } from '@manyhands/contracts/schemas'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Api } from '../../api.ts'
import { refuseFields } from '../../input/json-body.ts'
import { ref } from '../../openapi/components.ts'
import { describe, type Operation } from '../../openapi/operation.ts'
import { DeliveryParams, deliveryExample, type OfDelivery, oneDelivery } from './parts.ts'

const ListQuery = Type.Object(
  {
    job: Type.Optional(JobId),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most deliveries; default 100' })),
  },
  { additionalProperties: false },
)

const listing = describe({
  tag: 'webhooks',
  id: 'listWebhookDeliveries',
  summary: 'List deliveries',
  description:
    'The newest first: state, tries, what the receiver answered. Those that came through are kept for a day, others for two weeks after their end.',
  query: ListQuery,
  answers: {
    200: {
      description: 'Deliveries',
      json: Type.Object({ deliveries: Type.Array(ref('WebhookDelivery')) }),
      example: { deliveries: [deliveryExample] },
    },
  },
  errors: [],
})
const named: Pick<Operation, 'tag' | 'params' | 'answers' | 'errors'> = {
  tag: 'webhooks',
  params: DeliveryParams,
  answers: { 200: oneDelivery },
  errors: ['not-found'],
}
const looking = describe({ ...named, id: 'getWebhookDelivery', summary: 'Look at a delivery', description: 'With its tries.' })
const again = describe({
  ...named,
  id: 'redeliverWebhook',
  summary: 'Deliver again',
  description: 'Sends the same event once more, with the same `webhook-id`, from the beginning of the schedule.',
  answers: { 202: oneDelivery },
})

const path = '/v1/webhook-deliveries'

/** /v1/webhook-deliveries: what was told, to whom, and what came of it. */
export function addDeliveries(app: FastifyInstance, { webhooks }: Api): void {
  app.get<{ Querystring: Static<typeof ListQuery> }>(path, listing, async ({ query: { job, limit = 100 } }) => ({
    deliveries: await webhooks.deliveries({ job, limit }),
  }))
  app.get<OfDelivery>(`${path}/:delivery`, looking, (request) => webhooks.delivery(request.params.delivery))
  app.post<OfDelivery>(`${path}/:delivery/redeliver`, again, async (request, reply) => {
    refuseFields(request)
    return reply.code(202).send(await webhooks.redeliver(request.params.delivery))
  })
}
