import { randomBytes } from 'node:crypto'
import { type DeliveryState, ProblemError, type WebhookAttempt, type WebhookDelivery } from '@manyhands/contracts'
import type { Try } from '@manyhands/queue'
import { tenantKey, webhookKey } from '@manyhands/redis'
import type { WebhooksContext } from './context.ts'
import { readEndpoint } from './endpoints.ts'
import { testPayload } from './payload.ts'

/** One event on its way to one receiver, as it stands in Redis. Empty texts for what there is not. */
export interface NewDelivery {
  id: string
  event: string
  type: string
  job: string
  endpoint: string
  url: string
  /** Of a job that has one of its own. */
  secret: string
  body: string
}

export interface StoredDelivery extends NewDelivery {
  state: DeliveryState
  try: number
  /** Failed tries since it was made, or sent once more. */
  step: number
}

export interface DeliveryFilter {
  job?: string | undefined
  limit: number
}

/**
 * Makes deliveries, each once however often it is asked for, and has them sent.
 * @param row of the outbox that they stand for; `keepMs`: how long it stays for what comes next, 0 = it goes
 */
export async function makeDeliveries(context: WebhooksContext, deliveries: NewDelivery[], row = '', keepMs = 0): Promise<void> {
  const made = await context.scripts['make-deliveries'](context.tenant, row, keepMs, JSON.stringify(deliveries))
  const ids = (made as Buffer[]).map(String)
  await Promise.all(ids.map((delivery) => context.queue.add({ delivery, number: 1 }, 0)))
}

/** Sends an event of its own to an endpoint. Throws not-found. */
export async function testEndpoint(context: WebhooksContext, endpoint: string): Promise<WebhookDelivery> {
  const stored = await readEndpoint(context, endpoint)
  if (!stored) throw new ProblemError('not-found', `there is no webhook endpoint ${endpoint}; GET /v1/webhook-endpoints lists them`)
  const word = randomBytes(16).toString('base64url')
  const id = `whd_${word}`
  const { url } = stored
  await makeDeliveries(context, [
    { id, event: `msg_${word}`, type: 'webhook.test', job: '', endpoint, url, secret: '', body: testPayload() },
  ])
  return getDelivery(context, id)
}

/** The same event once more, from the beginning of the schedule. Throws not-found. */
export async function redeliver(context: WebhooksContext, id: string): Promise<WebhookDelivery> {
  const number = Number(await context.scripts.redeliver(context.tenant, id))
  if (number === 0) throw noSuchDelivery(id)
  await context.queue.add({ delivery: id, number }, 0)
  return getDelivery(context, id)
}

/** Throws not-found. */
export async function getDelivery({ redis, group, tenant }: WebhooksContext, id: string): Promise<WebhookDelivery> {
  const row = await redis.hgetall(webhookKey(group, tenant, id, 'delivery'))
  if (row['state'] === undefined) throw noSuchDelivery(id)
  return toDelivery(row)
}

/** The newest first. */
export async function listDeliveries(context: WebhooksContext, { job, limit }: DeliveryFilter): Promise<WebhookDelivery[]> {
  const { redis, group, tenant } = context
  const line = job === undefined ? tenantKey(group, tenant, 'deliveries') : webhookKey(group, tenant, job, 'ofJob')
  const ids = await redis.zrevrange(line, 0, limit - 1)
  const rows = await Promise.all(ids.map((id) => redis.hgetall(webhookKey(group, tenant, id, 'delivery'))))
  return rows.filter((row) => row['state'] !== undefined).map(toDelivery)
}

/** What a try is about; undefined when it is due no more. */
export async function readTry({ redis, group, tenant }: WebhooksContext, { delivery, number }: Try): Promise<StoredDelivery | undefined> {
  const row = await redis.hgetall(webhookKey(group, tenant, delivery, 'delivery'))
  if (row['state'] !== 'pending' || Number(row['try']) !== number) return undefined
  return { ...(row as unknown as StoredDelivery), try: number, step: Number(row['step']) }
}

/** Whether it was noted now, not before. */
export async function endTry(
  { scripts, tenant }: WebhooksContext,
  { delivery, number }: Try,
  attempt: WebhookAttempt,
  state: DeliveryState,
  waitMs = 0,
): Promise<boolean> {
  return (await scripts['end-try'](tenant, delivery, number, JSON.stringify(attempt), state, waitMs)) === 1
}

const noSuchDelivery = (id: string) =>
  new ProblemError(
    'not-found',
    `there is no webhook delivery ${id}; GET /v1/webhook-deliveries lists them: those that came through for a day, others for two weeks`,
  )

function toDelivery(row: Record<string, string>): WebhookDelivery {
  const text = (name: string) => row[name] ?? ''
  const time = (name: string) => new Date(Number(row[name])).toISOString()
  const state = text('state') as DeliveryState
  return {
    id: text('id'),
    event: text('event'),
    type: text('type'),
    job: text('job') || null,
    endpoint: text('endpoint') || null,
    url: text('url'),
    state,
    attempts: JSON.parse(text('attempts')) as WebhookAttempt[],
    nextAt: state === 'pending' ? time('nextAt') : null,
    createdAt: time('createdAt'),
  }
}
