/** What a webhook may tell. */
export const webhookEvents = ['job.succeeded', 'job.failed', 'job.cancelled', 'job.progress'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

/** What is told to those who have not said. */
export const defaultWebhookEvents: readonly WebhookEvent[] = ['job.succeeded', 'job.failed', 'job.cancelled']

/** Where a delivery stands. */
export const deliveryStates = ['pending', 'delivered', 'exhausted', 'disabled'] as const
export type DeliveryState = (typeof deliveryStates)[number]
