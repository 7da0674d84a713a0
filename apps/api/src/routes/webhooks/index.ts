import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { addDeliveries } from './deliveries.ts'
import { addEndpoints } from './endpoints.ts'

/** /v1/webhook-endpoints and /v1/webhook-deliveries. */
export function addWebhookRoutes(app: FastifyInstance, api: Api): void {
  addEndpoints(app, api)
  addDeliveries(app, api)
}
