import { DeliveryId, EndpointId } from '@manyhands/contracts/schemas'
import Type from 'typebox'
import { ref } from '../../openapi/components.ts'
import type { Answer } from '../../openapi/operation.ts'

export const EndpointParams = Type.Object({ endpoint: EndpointId }, { additionalProperties: false })
export interface OfEndpoint {
  Params: { endpoint: string }
}
export const DeliveryParams = Type.Object({ delivery: DeliveryId }, { additionalProperties: false })
export interface OfDelivery {
  Params: { delivery: string }
}

export const endpointExample = {
  id: 'we_hXo8q1kBS5Gq2mYJ0b3k1A',
  url: 'https://example.com/hooks',
  events: ['job.succeeded', 'job.failed', 'job.cancelled'],
  description: 'invoices',
  disabled: null,
  createdAt: '2026-11-22T20:00:00.000Z',
  oldSecretUntil: null,
}
export const secretExample = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
export const deliveryExample = {
  id: 'whd_hXo8q1kBS5Gq2mYJ0b3k1A',
  event: 'msg_2mYJ0b3k1AhXo8q1kBS5Gq',
  type: 'job.succeeded',
  job: 'default~hXo8q1kBS5Gq2mYJ0b3k1A',
  endpoint: null,
  url: 'https://example.com/hooks',
  state: 'delivered',
  attempts: [{ at: '2026-11-22T20:00:01.000Z', ms: 83, status: 204, error: null, excerpt: '' }],
  nextAt: null,
  createdAt: '2026-11-22T20:00:00.950Z',
}

export const oneEndpoint: Answer = { description: 'The endpoint', json: ref('WebhookEndpoint'), example: endpointExample }
export const endpointWithSecret: Answer = {
  description: 'The endpoint, with its new secret: it is shown here only',
  json: ref('WebhookEndpointWithSecret'),
  example: { ...endpointExample, secret: secretExample },
}
export const oneDelivery: Answer = { description: 'The delivery', json: ref('WebhookDelivery'), example: deliveryExample }
