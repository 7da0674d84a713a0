import type { Static } from 'typebox'
import Type from 'typebox'
import { deliveryIdPattern, endpointIdPattern, jobIdPattern, webhookSecretPattern } from './ids.ts'
import { type DeliveryState, deliveryStates, type WebhookEvent, webhookEvents } from './webhook-events.ts'

const strict = { additionalProperties: false }
const oneOf = <T extends string>(words: readonly T[], description: string) => Type.Unsafe<T>(Type.String({ enum: [...words], description }))
const orNull = <T extends string | number>(type: 'string' | 'integer', description: string) =>
  Type.Unsafe<T | null>({ type: [type, 'null'], description })

export const EndpointId = Type.String({ pattern: endpointIdPattern, description: 'A webhook endpoint' })
export const DeliveryId = Type.String({ pattern: deliveryIdPattern, description: 'A webhook delivery' })
const Url = Type.String({ minLength: 1, maxLength: 2048, description: 'https://; who may be reached is said in docs/webhooks.md' })
export const WebhookEvents = Type.Array(oneOf(webhookEvents, 'What is told'), {
  minItems: 1,
  maxItems: webhookEvents.length,
  uniqueItems: true,
  description: 'What is told; default: job.succeeded, job.failed and job.cancelled',
})
const Secret = (more = '') =>
  Type.String({
    pattern: webhookSecretPattern,
    description: `\`whsec_\` and 24 to 64 bytes in base64: what the signature is made with (Standard Webhooks)${more}`,
  })

/** Where a job tells of itself. */
export const Webhook = Type.Object(
  {
    url: Url,
    events: Type.Optional(WebhookEvents),
    secret: Type.Optional(Secret("; default: that of the endpoint of this URL, else the server's")),
  },
  { ...strict, description: 'Told of the job by signed POST requests' },
)
export type Webhook = Static<typeof Webhook>

export const NewWebhookEndpoint = Type.Object(
  {
    url: Url,
    events: Type.Optional(WebhookEvents),
    secret: Type.Optional(Secret('; default: one is made')),
    description: Type.Optional(Type.String({ maxLength: 256 })),
  },
  strict,
)
export type NewWebhookEndpoint = Static<typeof NewWebhookEndpoint>

export const NewWebhookSecret = Type.Object(
  {
    secret: Type.Optional(Secret('; default: one is made')),
    overlapMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2_592_000_000,
        description: 'How long the old secret signs beside the new one, in milliseconds; default one day',
      }),
    ),
  },
  strict,
)
export type NewWebhookSecret = Static<typeof NewWebhookSecret>

const endpointFields = {
  id: EndpointId,
  url: Type.String(),
  events: Type.Array(oneOf(webhookEvents, 'What is told')),
  description: Type.String(),
  disabled: orNull<string>('string', 'Why nothing is sent to it, or null'),
  createdAt: Type.String({ format: 'date-time' }),
  oldSecretUntil: orNull<string>('string', 'Until when an old secret signs too, or null'),
}
/** An endpoint as every route answers it; its secret only stands in the answer that made it. */
export const WebhookEndpoint = Type.Object(endpointFields)
export type WebhookEndpoint = Static<typeof WebhookEndpoint>
export const WebhookEndpointWithSecret = Type.Object({ ...endpointFields, secret: Secret() })

const Attempt = Type.Object({
  at: Type.String({ format: 'date-time' }),
  ms: Type.Integer({ description: 'How long it took, in milliseconds' }),
  status: orNull<number>('integer', 'HTTP status of the answer, or null when none came'),
  error: orNull<string>('string', 'Why it failed, or null'),
  excerpt: Type.String({ description: 'The first characters of the answer' }),
})
export type WebhookAttempt = Static<typeof Attempt>

/** One event on its way to one receiver. */
export const WebhookDelivery = Type.Object({
  id: DeliveryId,
  event: Type.String({ description: 'The header `webhook-id`: the same for all tries and all receivers' }),
  type: Type.String({ examples: ['job.succeeded'] }),
  job: Type.Unsafe<string | null>({ type: ['string', 'null'], pattern: jobIdPattern }),
  endpoint: orNull<string>('string', 'The endpoint it goes to, or null: the job named the URL'),
  url: Type.String(),
  state: Type.Unsafe<DeliveryState>(
    Type.String({
      enum: [...deliveryStates],
      description:
        'pending: it is tried, or will be | delivered | exhausted: all tries failed | disabled: the receiver said 410, or its endpoint is disabled or gone',
    }),
  ),
  attempts: Type.Array(Attempt, { description: 'The last 20' }),
  nextAt: orNull<string>('string', 'When it is tried next, or null'),
  createdAt: Type.String({ format: 'date-time' }),
})
export type WebhookDelivery = Static<typeof WebhookDelivery>
export type { WebhookEvent }
