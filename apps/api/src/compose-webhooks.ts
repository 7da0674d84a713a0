import { lookup } from 'node:dns/promises'
import { type Job, ProblemError } from '@manyhands/contracts'
import type { Jobs } from '@manyhands/jobs'
import { createDeliveryConsumer, createDeliveryQueue, type LastingWorker } from '@manyhands/queue'
import { closeRedis, connectRedis, type Redis } from '@manyhands/redis'
import type { Settings } from '@manyhands/settings'
import type { Wakeups } from '@manyhands/wakeups'
import {
  createDeliverer,
  createDispatcher,
  type Dispatcher,
  type Lookup,
  rangesOf,
  type WebhooksContext,
  webhooksContext,
} from '@manyhands/webhooks'
import { readWhole } from './results.ts'

/** Tries of deliveries that run at once. */
const slots = 100
/** How long those that run may go on when the API stops, in milliseconds. */
const graceMs = 300

/** What tells receivers of jobs. */
export interface WebhookParts {
  context: WebhooksContext
  start(): void
  stop(): Promise<void>
}

export interface WebhookWiring {
  settings: Settings
  /** A connection that others use too. */
  redis: Redis
  tenant: string
  wakeups: Wakeups
  jobs: Jobs
  onError: (error: Error) => void
}

export function composeWebhooks({ settings, redis, tenant, wakeups, jobs, onError }: WebhookWiring): WebhookParts {
  const { group, leaseMs, webhooks } = settings
  const taking = connectRedis(settings.redisUrl, 'worker', onError)
  const queue = createDeliveryQueue(redis, group, onError)
  const context = webhooksContext({
    redis,
    group,
    tenant,
    queue,
    wakeups,
    policy: { ...webhooks, allow: rangesOf(webhooks.allow) },
    told: (job) => jobs.told(job),
    result: (job, bytes) => resultOf(jobs, job, bytes),
    lookup: sharedLookup(),
    onError,
  })
  const dispatcher: Dispatcher = createDispatcher(context)
  const consumer: LastingWorker = createDeliveryConsumer(taking, { group, slots, leaseMs, onError }, createDeliverer(context))
  return {
    context,
    start() {
      dispatcher.start()
      consumer.start()
    },
    async stop() {
      await dispatcher.stop()
      await consumer.stop(graceMs)
      await queue.stop()
      await closeRedis(taking)
    },
  }
}

/** One look at a name at a time: each takes one of the few threads of this process, and a name server that is slow must not take all. */
function sharedLookup(): Lookup {
  const running = new Map<string, Promise<string[]>>()
  const look = async (name: string) => (await lookup(name, { all: true })).map(({ address }) => address)
  return (name) => {
    const found = running.get(name) ?? look(name).finally(() => running.delete(name))
    running.set(name, found)
    return found
  }
}

/** The whole result, if it is kept and small: others must still be able to read it. */
async function resultOf(jobs: Jobs, job: Job, bytes: number): Promise<string | undefined> {
  if (job.results !== 'keep' || job.kind === 'process' || job.usage.bytesOut > bytes || (job.items.total ?? 0) > bytes) return undefined
  try {
    return (await readWhole(jobs, job, bytes, AbortSignal.timeout(resultMs))).text.toString()
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'result-set-too-large') return undefined
    throw error
  }
}

/** How long reading a result may take, in milliseconds. */
const resultMs = 5000
