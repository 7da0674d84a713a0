import { createHash } from 'node:crypto'
import { isEnded, type WebhookEvent } from '@manyhands/contracts'
import type { WebhooksContext } from './context.ts'
import { makeDeliveries, type NewDelivery } from './deliveries.ts'
import { readEndpoints, type StoredEndpoint } from './endpoints.ts'
import { payloadOf } from './payload.ts'

/** How far a job is, is told this far apart, in milliseconds. */
const progressMs = 5000

type Told = NonNullable<Awaited<ReturnType<WebhooksContext['told']>>>
type Receiver = Pick<NewDelivery, 'url' | 'endpoint' | 'secret'>

/** Makes the deliveries that a row of the outbox stands for. Told again, it makes the same ones, which are there already. */
export async function tellRow(context: WebhooksContext, row: string): Promise<void> {
  const [, job = '', what = ''] = row.split(' ')
  const type = `job.${what}` as WebhookEvent
  const told = await context.told(job)
  if (!told || (what === 'progress' && isEnded(told.job.state))) return makeDeliveries(context, [], row)
  const receivers = receiversOf(told, type, await readEndpoints(context))
  const deliveries = receivers.length > 0 ? await deliveriesTo(context, receivers, type, told) : []
  await makeDeliveries(context, deliveries, row, what === 'progress' ? progressMs : 0)
}

async function deliveriesTo(context: WebhooksContext, receivers: Receiver[], type: WebhookEvent, { job }: Told): Promise<NewDelivery[]> {
  const words = [context.group, context.tenant, job.id, type, ...(type === 'job.progress' ? [job.items.done] : [])]
  const event = `msg_${hashOf(words)}`
  const body = await payloadOf(context, type, job)
  return receivers.map((receiver) => ({
    id: `whd_${hashOf([event, receiver.url, receiver.endpoint])}`,
    event,
    type,
    job: job.id,
    ...receiver,
    body,
  }))
}

/** 128 bits: the same words have the same. */
const hashOf = (words: (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(words)).digest().subarray(0, 16).toString('base64url')

/** Whom the job named, and the endpoints that wish to hear of all jobs; one URL hears once. */
export function receiversOf({ webhook }: Told, type: WebhookEvent, endpoints: [id: string, stored: StoredEndpoint][]): Receiver[] {
  const named = webhook?.events?.includes(type) ? [asNamed(webhook.url, webhook.secret, endpoints)] : []
  const wishing = endpoints
    .filter(([, { url, events, disabled }]) => disabled === null && events.includes(type) && url !== named[0]?.url)
    .map(([endpoint, { url }]) => ({ url, endpoint, secret: '' }))
  return [...named, ...wishing]
}

function asNamed(url: string, secret: string | undefined, endpoints: [id: string, stored: StoredEndpoint][]): Receiver {
  if (secret !== undefined) return { url, secret, endpoint: '' }
  return { url, secret: '', endpoint: endpoints.find(([, stored]) => stored.url === url)?.[0] ?? '' }
}
