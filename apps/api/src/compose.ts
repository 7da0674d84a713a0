import { storeContext } from '@manyhands/job-store'
import { createJobs, createReconciler, type JobLimits, type JobsContext, jobLimits, reconcilerOptions } from '@manyhands/jobs'
import { createLockNodes } from '@manyhands/locks'
import { createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis, evictionPolicy, type Redis, redisPlace } from '@manyhands/redis'
import { explainListening, type Settings } from '@manyhands/settings'
import { createJanitor, Door, sharedContext } from '@manyhands/shared-state'
import { type Logger, markAtOnce, troubleLog } from '@manyhands/telemetry'
import { createWakeups } from '@manyhands/wakeups'
import { acceptWebhook, createWebhooks } from '@manyhands/webhooks'
import { buildApp } from './build-app.ts'
import { composeWebhooks } from './compose-webhooks.ts'
import type { Timeouts } from './timeouts.ts'

/** The only tenant until there are API keys. */
const tenant = 'default'
/** How long a start waits for Redis, in milliseconds. */
const firstConnectionMs = 5000
/** How long a stop waits for Redis, in milliseconds. */
const lastWordsMs = 800

export interface ApiService {
  /** Where it listens, for example http://127.0.0.1:3000. */
  url: string
  stop(): Promise<void>
}

export interface ApiOptions {
  settings: Settings
  logger: Logger
  timeouts?: Partial<Timeouts>
}

function jobLimitsOf({ leaseMs, limits: { items, openJobs, depth } }: Settings): JobLimits {
  return { ...jobLimits, items, openJobs, depth, uploadMs: Math.min(jobLimits.uploadMs, 2 * leaseMs) }
}

/** Wires an API and starts it: settings -> Redis -> jobs -> app. Throws SettingsError when it may not listen where they say. */
export async function startApi({ settings, logger, timeouts = {} }: ApiOptions): Promise<ApiService> {
  markAtOnce()
  const { group, host, port, limits } = settings
  const place = redisPlace(settings.redisUrl)
  const onError = troubleLog(logger, place)
  const redis = connectRedis(settings.redisUrl, 'request', onError)
  const subscriber = connectRedis(settings.redisUrl, 'subscriber', onError)
  const wakeups = createWakeups(subscriber, group, onError)
  const queue = createTaskQueue(redis, group, onError)
  const context: JobsContext = {
    store: storeContext(redis, group, tenant),
    queue,
    wakeups,
    limits: jobLimitsOf(settings),
    onDue: (ms) => reconciler.dueIn(ms),
    acceptWebhook: (webhook) => acceptWebhook(webhooks.context, webhook),
    onError,
  }
  const jobs = createJobs(context)
  const webhooks = composeWebhooks({ settings, redis, tenant, wakeups, jobs, onError })
  const reconciler = createReconciler(context, reconcilerOptions(settings.leaseMs))
  const nodes = createLockNodes({ urls: settings.lockNodes, maxTtlMs: settings.lockTtlMs, group, tenant, onError })
  const shared = sharedContext(redis, group, tenant, nodes)
  const door = new Door(shared, async () => subscriber, onError)
  const janitor = createJanitor(shared, onError)
  const app = await buildApp({ jobs, door, shared, webhooks: createWebhooks(webhooks.context), limits, log: logger, timeouts })

  const disconnect = async () => {
    await webhooks.stop()
    await reconciler.stop()
    await janitor.stop()
    door.stop()
    await wakeups.stop()
    await queue.stop()
    await Promise.all([closeRedis(redis), nodes?.close()])
  }
  const stop = async () => {
    await app.close()
    if (!(await within(disconnect(), lastWordsMs))) logger.warn('the connections to Redis did not close in time')
  }

  try {
    const inTime = await within(Promise.all([connected(redis), wakeups.start()]), firstConnectionMs)
    if (inTime) await warnOfEviction(redis, logger)
    else logger.warn(`no Redis answers at ${place} yet: until one does, requests are answered with 503`)
    reconciler.start()
    janitor.start()
    webhooks.start()
    const url = await app.listen({ port, host })
    logger.info({ url, group }, 'the API listens')
    return { url, stop }
  } catch (error) {
    await stop()
    throw explainListening(error, settings, { setting: 'PORT', value: port })
  }
}

async function warnOfEviction(redis: Redis, logger: Logger): Promise<void> {
  const policy = await evictionPolicy(redis)
  if (policy !== 'noeviction')
    logger.warn({ policy }, 'this Redis evicts keys when its memory is full, which loses jobs; meant is maxmemory-policy noeviction')
}

function connected(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve()
  // not events.once: that rejects at the first failed try
  return new Promise((resolve) => redis.once('ready', () => resolve()))
}

/** Whether the work was through in time; it goes on if not. */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true), promise])
  } finally {
    clearTimeout(timer)
  }
}
