import { media, parseSpan, scanJson } from '@manyhands/contracts'
import { NewWebhookEndpoint, NewWebhookSecret } from '@manyhands/contracts/schemas'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Api } from '../../api.ts'
import { Checker } from '../../input/checker.ts'
import { idempotencyOf } from '../../input/idempotency.ts'
import { jsonBytes, refuseFields } from '../../input/json-body.ts'
import { ref } from '../../openapi/components.ts'
import { describe, type Operation } from '../../openapi/operation.ts'
import { idempotencyKey } from '../../openapi/parts.ts'
import { EndpointParams, endpointExample, endpointWithSecret, type OfEndpoint, oneDelivery, oneEndpoint } from './parts.ts'

const newEndpoint = new Checker(NewWebhookEndpoint)
const newSecret = new Checker(NewWebhookSecret)

const named: Pick<Operation, 'tag' | 'params' | 'answers' | 'errors'> = {
  tag: 'webhooks',
  params: EndpointParams,
  answers: { 200: oneEndpoint },
  errors: ['not-found'],
}
const making = describe({
  tag: 'webhooks',
  id: 'createWebhookEndpoint',
  summary: 'Make an endpoint',
  description:
    'It is told of every job, and signs for jobs that name its URL without a secret. Requests are signed as Standard Webhooks 1.0 says, and tried ' +
    'again for three days until the answer is 2xx.',
  headers: Type.Object(idempotencyKey),
  body: { [media.json]: { schema: ref('NewWebhookEndpoint'), example: { url: 'https://example.com/hooks', description: 'invoices' } } },
  answers: {
    201: { ...endpointWithSecret, headers: { Location: Type.String({ description: '/v1/webhook-endpoints/{endpoint}' }) } },
  },
  errors: ['webhook-url-not-allowed', 'invalid-idempotency-key', 'quota-exceeded'],
})
const listing = describe({
  tag: 'webhooks',
  id: 'listWebhookEndpoints',
  summary: 'List endpoints',
  description: 'All of them, the oldest first.',
  answers: {
    200: {
      description: 'All endpoints',
      json: Type.Object({ endpoints: Type.Array(ref('WebhookEndpoint')) }),
      example: { endpoints: [endpointExample] },
    },
  },
  errors: [],
})
const looking = describe({ ...named, id: 'getWebhookEndpoint', summary: 'Look at an endpoint', description: 'Without its secret.' })
const rotating = describe({
  ...named,
  id: 'rotateWebhookSecret',
  summary: 'Rotate the secret',
  description: 'Both secrets sign until the overlap is over, so that a receiver verifies with either.',
  body: { [media.json]: { schema: ref('NewWebhookSecret'), example: { overlapMs: 3_600_000 } } },
  answers: { 200: endpointWithSecret },
})
const disabling = describe({
  ...named,
  id: 'disableWebhookEndpoint',
  summary: 'Disable an endpoint',
  description: 'Nothing is sent to it. A receiver that answers 410 does the same.',
})
const enabling = describe({
  ...named,
  id: 'enableWebhookEndpoint',
  summary: 'Enable an endpoint',
  description: 'It is told of what happens from now on; what it missed can be delivered again.',
})
const testing = describe({
  ...named,
  id: 'testWebhookEndpoint',
  summary: 'Send a test event',
  description: 'Sends `webhook.test`; the delivery tells what came of it.',
  answers: { 202: oneDelivery },
})
const removing = describe({
  ...named,
  id: 'deleteWebhookEndpoint',
  summary: 'Delete an endpoint',
  description: 'What was still to be sent to it is not.',
  answers: { 204: { description: 'It is gone' } },
})

const path = '/v1/webhook-endpoints'

/** /v1/webhook-endpoints: receivers that are told of every job. */
export function addEndpoints(app: FastifyInstance, { webhooks }: Api): void {
  app.post(path, making, async (request, reply) => {
    // each call makes one with a secret of its own: the key is only checked
    idempotencyOf(request)
    const endpoint = await webhooks.createEndpoint(newEndpoint.check(parseSpan(scanJson(jsonBytes(request)))))
    return reply.code(201).header('location', `${path}/${endpoint.id}`).send(endpoint)
  })
  app.get(path, listing, async () => ({ endpoints: await webhooks.endpoints() }))
  app.get<OfEndpoint>(`${path}/:endpoint`, looking, (request) => webhooks.endpoint(request.params.endpoint))
  app.post<OfEndpoint>(`${path}/:endpoint/rotate`, rotating, (request) =>
    webhooks.rotateSecret(request.params.endpoint, newSecret.check(parseSpan(scanJson(jsonBytes(request))))),
  )
  app.post<OfEndpoint>(`${path}/:endpoint/disable`, disabling, (request) => {
    refuseFields(request)
    return webhooks.disableEndpoint(request.params.endpoint)
  })
  app.post<OfEndpoint>(`${path}/:endpoint/enable`, enabling, (request) => {
    refuseFields(request)
    return webhooks.enableEndpoint(request.params.endpoint)
  })
  app.post<OfEndpoint>(`${path}/:endpoint/test`, testing, async (request, reply) => {
    refuseFields(request)
    return reply.code(202).send(await webhooks.testEndpoint(request.params.endpoint))
  })
  app.delete<OfEndpoint>(`${path}/:endpoint`, removing, async (request, reply) => {
    refuseFields(request)
    await webhooks.deleteEndpoint(request.params.endpoint)
    return reply.code(204).send()
  })
}
