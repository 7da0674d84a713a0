import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { createReconciler, createRunner, jobLimits, type JobsContext, reconcilerOptions } from '@manyhands/jobs'
import { storeContext } from '@manyhands/job-store'
import { createProcessPool, type ProcessPool, type ProcessPoolOptions } from '@manyhands/process-pool'
import { createTaskConsumer, createTaskQueue } from '@manyhands/queue'
import { closeRedis, connectRedis } from '@manyhands/redis'
import type { Settings } from '@manyhands/settings'
import type { Logger } from '@manyhands/telemetry'
import { createWakeups } from '@manyhands/wakeups'
import { totalmem } from 'node:os'
import { createHealth } from './health.ts'
import { announceFunctions, createPresence } from './presence.ts'

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
}

/** Wires a worker and starts it. Throws FunctionsError when the functions do not load. */
export async function startWorker({ settings, logger, execArgv = [], onOutput }: WorkerOptions): Promise<WorkerService> {
  const { group } = settings
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
  const onError = (error: Error) => logger.warn({ err: error }, 'trouble that is tried again')
  const pool = createProcessPool(poolOptions(settings, id, execArgv, onOutput))
  const loaded = await startOrStop(pool)
  const build = settings.build ?? loaded.build

  const connections = {
    store: connectRedis(settings.redisUrl, 'store', onError),
    bullmq: connectRedis(settings.redisUrl, 'worker', onError),
    subscriber: connectRedis(settings.redisUrl, 'subscriber', onError),
  }
  const wakeups = createWakeups(connections.subscriber, group, onError)
  const queue = createTaskQueue(connections.store, group, onError)
  const context: JobsContext = { store: storeContext(connections.store, group, tenant), queue, wakeups, limits: jobLimits, onError }
  const reconciler = createReconciler(context, reconcilerOptions(settings.leaseMs))
  const runner = createRunner(context, { pool, build, worker: id, recheckMs: settings.leaseMs / 2, onDue: reconciler.dueIn })
  const consumer = createTaskConsumer(connections.bullmq, { group, slots: settings.processes, leaseMs: settings.leaseMs, onError }, runner.run)
  const record = {
    id,
    host: hostname(),
    pid: process.pid,
    group,
    build,
    processes: settings.processes,
    functions: loaded.functions.map((one) => one.name),
    startedAt: new Date().toISOString(),
  }
  const presence = createPresence(context.store, record, () => pool.busy, onError)
  const health = createHealth(settings.healthPort, settings.host, () => ({ ok: connections.store.status === 'ready', worker: id, busy: pool.busy }))

  await announceFunctions(context.store, loaded.functions)
  await wakeups.start()
  await presence.start()
  runner.start()
  reconciler.start()
  consumer.start()
  const healthPort = await health.start()
  logger.info({ worker: id, functions: record.functions, healthPort }, 'worker takes tasks')

  return {
    id,
    functions: record.functions,
    skipped: loaded.skipped,
    healthPort,
    async stop() {
      await consumer.stop(graceMs)
      await pool.stop()
      runner.stop()
      await reconciler.stop()
      await presence.stop().catch(onError)
      await health.stop()
      await wakeups.stop()
      await queue.stop()
      await Promise.all([closeRedis(connections.store), closeRedis(connections.bullmq)])
    },
  }
}

function poolOptions(settings: Settings, worker: string, execArgv: string[], onOutput: ProcessPoolOptions['onOutput']): ProcessPoolOptions {
  if (settings.functions === undefined) throw new Error('MANYHANDS_FUNCTIONS is not set; meant is the path of a module or a folder of functions')
  const memoryBytes = settings.limits.memoryMb === undefined ? totalmem() / settings.processes : settings.limits.memoryMb * 2 ** 20
  return {
    processes: settings.processes,
    functions: settings.functions,
    execArgv,
    worker,
    host: hostname(),
    build: settings.build ?? '',
    maxResultBytes: settings.limits.resultBytes,
    memoryBytes,
    onOutput,
  }
}

async function startOrStop(pool: ProcessPool) {
  try {
    return await pool.start()
  } catch (error) {
    await pool.stop()
    throw error
  }
}
