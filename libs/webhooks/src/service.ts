import type { NewWebhookEndpoint, NewWebhookSecret, Webhook, WebhookDelivery, WebhookEndpoint } from '@manyhands/contracts'
import { ProblemError } from '@manyhands/contracts'
import type { WebhooksContext } from './context.ts'
import { type DeliveryFilter, getDelivery, listDeliveries, redeliver, testEndpoint } from './deliveries.ts'
import { createEndpoint, deleteEndpoint, getEndpoint, listEndpoints, readEndpoints, rotateSecret, setDisabled } from './endpoints.ts'
import { refuseUrl } from './guard.ts'

/** Endpoints and deliveries, as the routes see them. Each throws not-found for what there is not. */
export interface Webhooks {
  /** Throws webhook-url-not-allowed, quota-exceeded. */
  createEndpoint(fields: NewWebhookEndpoint): Promise<WebhookEndpoint & { secret: string }>
  endpoints(): Promise<WebhookEndpoint[]>
  endpoint(id: string): Promise<WebhookEndpoint>
  /** The old secret signs too until its time. */
  rotateSecret(id: string, fields: NewWebhookSecret): Promise<WebhookEndpoint & { secret: string }>
  disableEndpoint(id: string): Promise<WebhookEndpoint>
  enableEndpoint(id: string): Promise<WebhookEndpoint>
  deleteEndpoint(id: string): Promise<void>
  /** Sends `webhook.test`. */
  testEndpoint(id: string): Promise<WebhookDelivery>
  /** The newest first. */
  deliveries(filter: DeliveryFilter): Promise<WebhookDelivery[]>
  delivery(id: string): Promise<WebhookDelivery>
  /** The same event once more. */
  redeliver(id: string): Promise<WebhookDelivery>
}

export function createWebhooks(context: WebhooksContext): Webhooks {
  return {
    createEndpoint: (fields) => createEndpoint(context, fields),
    endpoints: () => listEndpoints(context),
    endpoint: (id) => getEndpoint(context, id),
    rotateSecret: (id, fields) => rotateSecret(context, id, fields),
    disableEndpoint: (id) => setDisabled(context, id, 'a request disabled it'),
    enableEndpoint: (id) => setDisabled(context, id, null),
    deleteEndpoint: (id) => deleteEndpoint(context, id),
    testEndpoint: (id) => testEndpoint(context, id),
    deliveries: (filter) => listDeliveries(context, filter),
    delivery: (id) => getDelivery(context, id),
    redeliver: (id) => redeliver(context, id),
  }
}

/** Refuses what could never be sent, or not be signed. Throws webhook-url-not-allowed, webhook-secret-missing. */
export async function acceptWebhook(context: WebhooksContext, { url, secret }: Webhook): Promise<void> {
  refuseUrl(url, context.policy)
  if (secret !== undefined || context.policy.secret !== undefined) return
  if ((await readEndpoints(context)).some(([, stored]) => stored.url === url)) return
  const detail = 'meant is webhook.secret, an endpoint of this URL (POST /v1/webhook-endpoints), or the setting MANYHANDS_WEBHOOK_SECRET'
  throw new ProblemError('webhook-secret-missing', `there is no secret to sign with: ${detail}`, {
    errors: [{ pointer: '/webhook/secret', detail }],
  })
}
