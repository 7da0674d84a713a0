import type { DeliveryState, WebhookAttempt } from '@manyhands/contracts'
import type { Try } from '@manyhands/queue'
import type { WebhooksContext } from './context.ts'
import { endTry, readTry, type StoredDelivery } from './deliveries.ts'
import { readEndpoint, type StoredEndpoint, secretsOf, setDisabled } from './endpoints.ts'
import { Lanes } from './lanes.ts'
import { waitBehind } from './schedule.ts'
import { type Outcome, send } from './send.ts'
import { signed } from './signature.ts'

const gone = 410
const goneReason = 'the receiver answered 410 Gone'
/** A receiver that only fails is left alone for so many first waits of the schedule, and at most so long, in milliseconds. */
const rest = { waits: 6, mostMs: 30_000 }

/** Makes one try: resolves when it is through, or with how long it is put off, in milliseconds. */
export function createDeliverer(context: WebhooksContext): (one: Try) => Promise<number | undefined> {
  const lanes = new Lanes(Math.min(rest.mostMs, rest.waits * (context.policy.delaysMs[0] ?? rest.mostMs)))
  return async (one) => {
    const delivery = await readTry(context, one)
    if (!delivery) return undefined
    const endpoint = delivery.endpoint === '' ? undefined : await readEndpoint(context, delivery.endpoint)
    if (delivery.endpoint !== '' && (!endpoint || endpoint.disabled !== null)) return void (await refuse(context, one, endpoint))
    const { origin } = new URL(delivery.url)
    const putOffMs = lanes.enter(origin)
    if (putOffMs !== undefined) return putOffMs
    const began = performance.now()
    const outcome = await attempt(context, delivery, endpoint)
    const ms = performance.now() - began
    lanes.leave(origin, outcome.error === null, ms)
    await note(context, one, delivery, outcome, ms)
    return undefined
  }
}

async function attempt(context: WebhooksContext, delivery: StoredDelivery, endpoint: StoredEndpoint | undefined): Promise<Outcome> {
  const { url, body, event } = delivery
  const secrets = secretsFor(context, delivery, endpoint)
  if (secrets.length === 0) return { status: null, error: 'no_secret', excerpt: '' }
  const headers = { ...signed(event, body, secrets, Date.now()), 'user-agent': 'manyhands' }
  return send({ url, headers, body }, context.policy, context.lookup)
}

function secretsFor({ policy }: WebhooksContext, { secret }: StoredDelivery, endpoint: StoredEndpoint | undefined): string[] {
  if (secret !== '') return [secret]
  if (endpoint) return secretsOf(endpoint, Date.now())
  return policy.secret === undefined ? [] : [policy.secret]
}

/** The endpoint is disabled, or gone: nothing is sent. */
async function refuse(context: WebhooksContext, one: Try, endpoint: StoredEndpoint | undefined): Promise<void> {
  const error = endpoint ? 'endpoint_disabled' : 'endpoint_deleted'
  await endTry(context, one, asAttempt({ status: null, error, excerpt: '' }, 0), 'disabled')
}

async function note(context: WebhooksContext, one: Try, delivery: StoredDelivery, outcome: Outcome, ms: number): Promise<void> {
  const { state, waitMs } = whatNext(context, delivery, outcome)
  if (outcome.status === gone && delivery.endpoint !== '') await setDisabled(context, delivery.endpoint, goneReason).catch(context.onError)
  const isNoted = await endTry(context, one, asAttempt(outcome, ms), state, waitMs)
  if (isNoted && state === 'pending') await context.queue.add({ delivery: one.delivery, number: one.number + 1 }, waitMs)
}

function whatNext({ policy }: WebhooksContext, { step }: StoredDelivery, outcome: Outcome): { state: DeliveryState; waitMs: number } {
  if (outcome.error === null) return { state: 'delivered', waitMs: 0 }
  if (outcome.status === gone) return { state: 'disabled', waitMs: 0 }
  const waitMs = waitBehind(step + 1, policy.delaysMs, outcome.retryAfterMs)
  return waitMs === undefined ? { state: 'exhausted', waitMs: 0 } : { state: 'pending', waitMs: Math.ceil(waitMs) }
}

function asAttempt({ status, error, excerpt }: Outcome, ms: number): WebhookAttempt {
  return { at: new Date(Date.now() - ms).toISOString(), ms: Math.round(ms), status, error, excerpt }
}
