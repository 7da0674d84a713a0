import type { Job, Webhook } from '@manyhands/contracts'
import type { DeliveryQueue } from '@manyhands/queue'
import { groupBase, loadScripts, type Redis, type Script } from '@manyhands/redis'
import type { Wakeups } from '@manyhands/wakeups'
import type { Lookup } from './guard.ts'
import type { WebhookPolicy } from './policy.ts'

const scriptNames = ['end-try', 'make-deliveries', 'put-endpoint', 'redeliver', 'take-outbox'] as const

/** What the room works with: one connection, one group, one tenant. */
export interface WebhooksContext {
  redis: Redis
  group: string
  tenant: string
  scripts: Record<(typeof scriptNames)[number], Script>
  queue: DeliveryQueue
  wakeups: Wakeups
  policy: WebhookPolicy
  /** What a job is, and whom it named; undefined when it is forgotten. */
  told: (job: string) => Promise<{ job: Job; webhook?: Webhook } | undefined>
  /** The whole result as JSON text, or undefined when it has more than `bytes`, or is not kept. */
  result: (job: Job, bytes: number) => Promise<string | undefined>
  /** Addresses of a name, as the system knows them. */
  lookup: Lookup
  onError: (error: Error) => void
}

type Parts = Omit<WebhooksContext, 'scripts'>

/** @param folder where the Lua files are, as the URL of a file beside them */
export function webhooksContext(parts: Parts, folder: string = import.meta.url): WebhooksContext {
  return { ...parts, scripts: loadScripts(parts.redis, folder, groupBase(parts.group), scriptNames) }
}
