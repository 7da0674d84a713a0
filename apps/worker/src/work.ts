import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { createProcessRunner, createRunner, type JobsContext, type RunnerOptions } from '@manyhands/jobs'
import type { LoadedFunction, ProcessPool } from '@manyhands/process-pool'
import { createTaskConsumer } from '@manyhands/queue'
import type { Redis } from '@manyhands/redis'
import type { Settings } from '@manyhands/settings'

export interface WorkOptions {
  settings: Settings
  /** One connection a queue. */
  redis: Record<'tasks' | 'processes', Redis>
  pool: ProcessPool
  functions: LoadedFunction[]
  build: string
  worker: string
  onFailed?: RunnerOptions['onFailed']
}

/** What a worker works on: tasks for its slots, and beside them processes of their own. */
export interface Work {
  start(): void
  /** Takes nothing new and hands back what has not begun; resolves when all is through, or after `graceMs`. */
  close(graceMs: number): Promise<unknown>
  /** Nothing waits for Redis any more. */
  stop(): void
}

export function createWork(context: JobsContext, { settings, redis, pool, functions, build, worker, onFailed }: WorkOptions): Work {
  const { group, leaseMs, processes: slots, processLimit } = settings
  const unlimited = new Set(functions.filter((one) => one.timeoutMs === undefined).map((one) => one.name))
  const own = { pool, build, worker, host: hostname(), recheckMs: leaseMs / 2 }
  const tasks = createRunner(context, { ...own, headStart: (name) => unlimited.has(name), onFailed })
  const processes = createProcessRunner(context, own)
  const common = { group, leaseMs, onError: context.onError }
  const consumers = [
    createTaskConsumer(redis.tasks, { ...common, queue: 'tasks', slots, room: () => pool.room() }, tasks.run),
    createTaskConsumer(redis.processes, { ...common, queue: 'processes', slots: processLimit }, processes.run),
  ]
  return {
    start() {
      for (const part of [tasks, processes, ...consumers]) part.start()
    },
    close(graceMs) {
      tasks.leave()
      const late = pause(graceMs, undefined, { ref: false })
      return Promise.all([Promise.race([tasks.through(), late]), ...consumers.map((consumer) => consumer.stop(graceMs))])
    },
    stop() {
      tasks.stop()
      processes.stop()
    },
  }
}
