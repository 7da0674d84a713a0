import { randomUUID } from 'node:crypto'
import { hostname, totalmem } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { storeContext } from '@manyhands/job-store'
import { createReconciler, type JobsContext, jobLimits, reconcilerOptions } from '@manyhands/jobs'
import { createLockNodes } from '@manyhands/locks'
import {
  createProcessPool,
  type LockKeeping,
  type ProcessPool,
  type ProcessPoolOptions,
  type SharingAddress,
} from '@manyhands/process-pool'
import { createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis, type Redis, redisPlace } from '@manyhands/redis'
import { explainListening, type Settings, SettingsError } from '@manyhands/settings'
import { createLockKeeper, type LockKeeper, sharedContext } from '@manyhands/shared-state'
import { type Logger, markAtOnce, troubleLog } from '@manyhands/telemetry'
import { createWakeups } from '@manyhands/wakeups'
import { firstAnswer } from './first-answer.ts'
import { createHealth } from './health.ts'
import { usableBytes } from './memory.ts'
import { warnOfUnlike } from './neighbours.ts'
import { announceFunctions, createPresence, type PresenceRecord } from './presence.ts'
import { createWork, type WorkOptions } from './work.ts'

/** The only tenant until there are API keys. */
const tenant = 'default'
/** How long running tasks may go on when the worker stops, in milliseconds. */
const graceMs = 500

export interface WorkerService {
  id: string
  /** Names of what it serves, and of exports that are no functions. */
  functions: string[]
  skipped: string[]
  healthPort: number
  stop(): Promise<void>
}

export interface WorkerOptions {
  settings: Settings
  logger: Logger
  /** Extra arguments of the children's Node, for example `--import tsx`. */
  execArgv?: string[]
  onOutput?: ProcessPoolOptions['onOutput']
  /** Hears of each failure of an item, also when it is tried again. */
  onFailed?: WorkOptions['onFailed']
}

/** Who renews the locks of processes: there once Redis is. */
interface Keeping {
  keeper?: LockKeeper
}

const keptBy = (keeping: Keeping): LockKeeping => ({
  holds: (holder, ttlMs) => keeping.keeper?.holds(holder, ttlMs),
  gone: (holder) => keeping.keeper?.gone(holder),
})

type Loaded = Awaited<ReturnType<ProcessPool['start']>>

/** Wires a worker and starts it. Throws FunctionsError when the functions do not load. */
export async function startWorker(options: WorkerOptions): Promise<WorkerService> {
  markAtOnce()
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
  const keeping: Keeping = {}
  const pool = createProcessPool({ ...poolOptions(options, id), locks: keptBy(keeping) })
  const loaded = await startOrStop(pool)
  const parts = await startParts(options, id, pool, loaded, keeping)
  const functions = loaded.functions.map((one) => one.name)
  options.logger.info({ worker: id, functions, healthPort: parts.healthPort }, 'worker takes tasks')
  return { id, functions, skipped: loaded.skipped, ...parts }
}

async function startParts({ settings, logger, onFailed }: WorkerOptions, id: string, pool: ProcessPool, loaded: Loaded, keeping: Keeping) {
  const { group, leaseMs } = settings
  const build = settings.build ?? loaded.build
  const onError = troubleLog(logger, redisPlace(settings.redisUrl))
  const redis = connectAll(settings.redisUrl, onError)
  const wakeups = createWakeups(redis.subscriber, group, onError)
  const queue = createTaskQueue(redis.store, group, onError)
  const context: JobsContext = {
    store: storeContext(redis.store, group, tenant),
    queue,
    wakeups,
    limits: jobLimits,
    onDue: (ms) => reconciler.dueIn(ms),
    onError,
  }
  const reconciler = createReconciler(context, reconcilerOptions(leaseMs))
  const nodes = createLockNodes({ urls: settings.lockNodes, maxTtlMs: settings.lockTtlMs, group, tenant, onError })
  keeping.keeper = createLockKeeper(sharedContext(redis.store, group, tenant, nodes), onError)
  const work = createWork(context, { settings, redis, pool, functions: loaded.functions, build, worker: id, onFailed })
  const record = presenceRecord(settings, id, build, loaded)
  const presence = createPresence(context.store, record, () => pool.busy, onError)
  const health = createHealth(settings.healthPort, settings.host, () => ({
    ok: redis.store.status === 'ready',
    worker: id,
    busy: pool.busy,
  }))

  const stop = async () => {
    const closing = work.close(3 * graceMs)
    await Promise.race([closing, pause(graceMs, undefined, { ref: false })])
    // what still runs is killed, and handed back by its settlement
    await pool.stop()
    await closing
    work.stop()
    keeping.keeper?.stop()
    await reconciler.stop()
    await presence.stop().catch(onError)
    await health.stop()
    await wakeups.stop()
    await queue.stop()
    await Promise.all([closeRedis(redis.store), closeRedis(redis.tasks), closeRedis(redis.processes), nodes?.close()])
  }
  try {
    const healthPort = await health.start()
    await firstAnswer(redis.store, settings.redisUrl)
    await announceFunctions(context.store, loaded.functions)
    await wakeups.start()
    await presence.start()
    await warnOfUnlike(context.store, record, logger)
    reconciler.start()
    work.start()
    return { healthPort, stop }
  } catch (error) {
    // without Redis the stop may wait for ever: its connections end all the same
    await Promise.race([stop().catch(onError), pause(2 * graceMs, undefined, { ref: false })])
    for (const connection of Object.values(redis)) if (connection.status !== 'end') connection.disconnect(false)
    throw explained(error, settings)
  }
}

/** A port or a HOST that cannot be listened on is said in one sentence, which the operator can mend. */
function explained(error: unknown, { healthPort, host }: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE') return explainListening(error, { host }, { setting: 'MANYHANDS_HEALTH', value: healthPort })
  return new SettingsError([
    `Port ${healthPort} of ${host} is taken by another program: choose another for health by MANYHANDS_HEALTH, or 0 for a free one.`,
  ])
}

function connectAll(url: string, onError: (error: Error) => void): Record<'store' | 'tasks' | 'processes' | 'subscriber', Redis> {
  return {
    store: connectRedis(url, 'store', onError),
    tasks: connectRedis(url, 'worker', onError),
    processes: connectRedis(url, 'worker', onError),
    subscriber: connectRedis(url, 'subscriber', onError),
  }
}

function presenceRecord(settings: Settings, id: string, build: string, loaded: Loaded): PresenceRecord {
  return {
    id,
    host: hostname(),
    pid: process.pid,
    group: settings.group,
    build,
    processes: settings.processes,
    processLimit: settings.processLimit,
    functions: loaded.functions.map((one) => one.name),
    startedAt: new Date().toISOString(),
  }
}

function poolOptions({ settings, execArgv = [], onOutput }: WorkerOptions, worker: string): ProcessPoolOptions {
  const { processes, limits } = settings
  if (settings.functions === undefined && settings.exec === undefined)
    throw new SettingsError(['MANYHANDS_FUNCTIONS is not set; meant is the path of a module or a folder of functions'])
  return {
    processes,
    functions: settings.functions,
    command: settings.exec,
    execArgv,
    worker,
    host: hostname(),
    build: settings.build ?? '',
    maxResultBytes: limits.resultBytes,
    sharing: settings.exec === undefined ? sharingAddress(settings) : undefined,
    memoryBytes:
      limits.memoryMb === undefined ? usableBytes(totalmem(), process.constrainedMemory()) / processes : limits.memoryMb * 2 ** 20,
    onOutput,
  }
}

function sharingAddress({ redisUrl, group, lockNodes, lockTtlMs }: Settings): SharingAddress {
  return { redisUrl, group, tenant, lockNodes, lockTtlMs }
}

async function startOrStop(pool: ProcessPool): Promise<Loaded> {
  try {
    return await pool.start()
  } catch (error) {
    await pool.stop()
    throw error
  }
}
