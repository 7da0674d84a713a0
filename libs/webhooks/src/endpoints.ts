import { randomBytes } from 'node:crypto'
import {
  defaultWebhookEvents,
  type NewWebhookEndpoint,
  type NewWebhookSecret,
  ProblemError,
  type WebhookEndpoint,
  type WebhookEvent,
} from '@manyhands/contracts'
import { tenantKey } from '@manyhands/redis'
import type { WebhooksContext } from './context.ts'
import { refuseUrl } from './guard.ts'
import { newSecret } from './signature.ts'

/** An endpoint as it stands in Redis. Times in milliseconds. */
export interface StoredEndpoint {
  url: string
  events: WebhookEvent[]
  description: string
  disabled: string | null
  createdAt: number
  /** The newest first; the others sign until their time. */
  secrets: { secret: string; until?: number }[]
}
type WithSecret = WebhookEndpoint & { secret: string }

/** Each is looked at for every job that ends. */
const most = 100
/** How long an old secret signs when nobody says otherwise, in milliseconds. */
const overlapMs = 86_400_000

/** Throws webhook-url-not-allowed, quota-exceeded. */
export async function createEndpoint(context: WebhooksContext, fields: NewWebhookEndpoint): Promise<WithSecret> {
  refuseUrl(fields.url, context.policy)
  const { redis, group, tenant } = context
  if ((await redis.hlen(tenantKey(group, tenant, 'webhookEndpoints'))) >= most)
    throw new ProblemError('quota-exceeded', `there are ${most} webhook endpoints already; DELETE one first`, { retryAfter: 1 })
  const { url, events = [...defaultWebhookEvents], secret = newSecret(), description = '' } = fields
  const id = `we_${randomBytes(16).toString('base64url')}`
  const stored: StoredEndpoint = { url, events, description, disabled: null, createdAt: Date.now(), secrets: [{ secret }] }
  await put(context, id, '', stored)
  return { ...toEndpoint(id, stored), secret }
}

export async function listEndpoints(context: WebhooksContext): Promise<WebhookEndpoint[]> {
  const all = (await readEndpoints(context)).map(([id, stored]) => toEndpoint(id, stored))
  return all.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id))
}

export async function getEndpoint(context: WebhooksContext, id: string): Promise<WebhookEndpoint> {
  return toEndpoint(id, (await found(context, id)).stored)
}

/** A new secret signs; the present one signs too until its time. */
export async function rotateSecret(context: WebhooksContext, id: string, fields: NewWebhookSecret): Promise<WithSecret> {
  const { secret = newSecret(), overlapMs: overlap = overlapMs } = fields
  const stored = await change(context, id, (old) => {
    const until = Date.now() + overlap
    return { ...old, secrets: [{ secret }, ...old.secrets.map((one) => ({ ...one, until: Math.min(one.until ?? until, until) }))] }
  })
  return { ...toEndpoint(id, stored), secret }
}

/** @param reason why nothing is sent to it; null = it is sent to */
export async function setDisabled(context: WebhooksContext, id: string, reason: string | null): Promise<WebhookEndpoint> {
  return toEndpoint(id, await change(context, id, (old) => ({ ...old, disabled: reason })))
}

export async function deleteEndpoint(context: WebhooksContext, id: string): Promise<void> {
  const { text } = await found(context, id)
  // changed meanwhile: it is to go all the same
  if (!(await put(context, id, text))) await deleteEndpoint(context, id)
}

export async function readEndpoints({ redis, group, tenant }: WebhooksContext): Promise<[id: string, stored: StoredEndpoint][]> {
  const rows = await redis.hgetall(tenantKey(group, tenant, 'webhookEndpoints'))
  return Object.entries(rows).map(([id, text]) => [id, JSON.parse(text) as StoredEndpoint])
}

export async function readEndpoint({ redis, group, tenant }: WebhooksContext, id: string): Promise<StoredEndpoint | undefined> {
  const text = await redis.hget(tenantKey(group, tenant, 'webhookEndpoints'), id)
  return text === null ? undefined : (JSON.parse(text) as StoredEndpoint)
}

/** Those that sign now. */
export const secretsOf = ({ secrets }: StoredEndpoint, now: number): string[] =>
  secrets.filter(({ until }) => until === undefined || until > now).map(({ secret }) => secret)

/** Reads and writes until nobody else has written in between. */
async function change(context: WebhooksContext, id: string, by: (old: StoredEndpoint) => StoredEndpoint): Promise<StoredEndpoint> {
  const { text, stored } = await found(context, id)
  const next = by(stored)
  const secrets = next.secrets.filter(({ until }) => until === undefined || until > Date.now())
  return (await put(context, id, text, { ...next, secrets })) ? next : change(context, id, by)
}

async function found({ redis, group, tenant }: WebhooksContext, id: string): Promise<{ text: string; stored: StoredEndpoint }> {
  const text = await redis.hget(tenantKey(group, tenant, 'webhookEndpoints'), id)
  if (text === null) throw new ProblemError('not-found', `there is no webhook endpoint ${id}; GET /v1/webhook-endpoints lists them`)
  return { text, stored: JSON.parse(text) as StoredEndpoint }
}

/** Whether it was written: not when it is another than `old` by now. */
async function put({ scripts, tenant }: WebhooksContext, id: string, old: string, now?: StoredEndpoint): Promise<boolean> {
  return (await scripts['put-endpoint'](tenant, id, old, now ? JSON.stringify(now) : '')) === 1
}

function toEndpoint(id: string, { url, events, description, disabled, createdAt, secrets }: StoredEndpoint): WebhookEndpoint {
  const until = Math.max(...secrets.map((one) => one.until ?? 0))
  return {
    id,
    url,
    events,
    description,
    disabled,
    createdAt: new Date(createdAt).toISOString(),
    oldSecretUntil: until > Date.now() ? new Date(until).toISOString() : null,
  }
}
