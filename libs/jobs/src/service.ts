import { ProblemError } from '@manyhands/contracts'
import { redisTrouble } from '@manyhands/redis'
import type { Jobs } from './api.ts'
import { cancelMany, retryMany } from './bulk.ts'
import type { JobsContext } from './context.ts'
import { cancelJob, forget } from './end.ts'
import { eventLooks, jobEvents } from './events.ts'
import { failedItems } from './failed.ts'
import { listFunctions, listWorkers, setPaused } from './fleet.ts'
import { appendItems, closeMap, openMap, openUpload } from './input.ts'
import { getItem } from './item.ts'
import { listJobs } from './list.ts'
import { getJob, getTold, waitForJob } from './look.ts'
import { closePool, getPool, listPools, removePool, setPool, terminatePool } from './pools.ts'
import { processOutput } from './process-output.ts'
import { forgetProcess, getProcess, listProcesses, sendSignal, startProcess } from './processes.ts'
import { results } from './results.ts'
import { retryJob } from './retry.ts'
import { createSchedule, getSchedule, listSchedules, pauseSchedule, removeSchedule } from './schedules.ts'
import { sessionEvents } from './session-events.ts'
import { closeSession, openSession, prolongSession } from './sessions.ts'
import { submit, submitMany } from './submit.ts'

/** A ping that takes longer than this failed, in milliseconds. */
const pingMs = 900

/** The product's story over one tenant of one group. */
export function createJobs(context: JobsContext): Jobs {
  const looks = eventLooks(context)
  const jobs: Jobs = {
    submit: (submission, blocks, wait) => submit(context, submission, blocks, wait),
    submitMany: (calls) => submitMany(context, calls),
    upload: (submission, options) => openUpload(context, submission, options),
    open: (submission) => openMap(context, submission),
    append: (id, offset, blocks) => appendItems(context, id, offset, blocks),
    close: (id) => closeMap(context, id),
    get: (id, waitMs, signal) => (waitMs ? waitForJob(context, id, waitMs, signal) : getJob(context, id)),
    events: (id, after, signal) => jobEvents(context, looks, id, after, signal),
    told: (id) => getTold(context, id),
    list: (filter) => listJobs(context, filter),
    results: (id, query) => results(context, id, query),
    failedItems: (id, cursor, limit) => failedItems(context, id, cursor, limit),
    item: (id, index) => getItem(context, id, index),
    cancel: (id, reason) => cancelJob(context, id, reason),
    cancelMany: (filter) => cancelMany(context, filter),
    retryMany: (filter) => retryMany(context, filter),
    retry: (id, idempotency) => retryJob(context, id, idempotency),
    forget: (id) => forget(context, id),
    startProcess: (submission, block, waitMs, signal) => startProcess(context, submission, block, waitMs, signal),
    process: (id, waitMs, signal) => getProcess(context, id, waitMs, signal),
    processes: (filter) => listProcesses(context, filter),
    signalProcess: (id, signal) => sendSignal(context, id, signal),
    processOutput: (id, query) => processOutput(context, id, query),
    forgetProcess: (id) => forgetProcess(context, id),
    functions: () => listFunctions(context),
    pauseFunction: (name, paused) => setPaused(context, name, paused),
    workers: () => listWorkers(context),
    pools: () => listPools(context),
    pool: (name, waitMs, signal) => getPool(context, name, waitMs, signal),
    putPool: (name, change) => setPool(context, name, change),
    closePool: (name) => closePool(context, name),
    terminatePool: (name) => terminatePool(context, name),
    deletePool: (name) => removePool(context, name),
    createSchedule: (schedule) => createSchedule(context, schedule),
    schedules: () => listSchedules(context),
    schedule: (id) => getSchedule(context, id),
    pauseSchedule: (id, paused) => pauseSchedule(context, id, paused),
    deleteSchedule: (id) => removeSchedule(context, id),
    openSession: (leaseMs) => openSession(context, leaseMs),
    prolongSession: (id) => prolongSession(context, id),
    sessionEvents: (id, after, signal) => sessionEvents(context, id, after, signal),
    closeSession: (id) => closeSession(context, id),
    ping: () => ping(context),
  }
  return withProblems(jobs)
}

async function ping(context: JobsContext): Promise<void> {
  const late = AbortSignal.timeout(pingMs)
  const refused = new Promise<never>((_, reject) =>
    late.addEventListener('abort', () => reject(new Error('Command timed out')), { once: true }),
  )
  await Promise.race([context.store.redis.ping(), refused])
}

/** Trouble with Redis becomes what a caller can act on. */
function withProblems(jobs: Jobs): Jobs {
  const guarded = Object.entries(jobs).map(([name, method]) => [
    name,
    (...args: unknown[]) =>
      (method as (...args: unknown[]) => Promise<unknown>)(...args).catch((error: unknown) => Promise.reject(asProblem(error))),
  ])
  return Object.fromEntries(guarded) as Jobs
}

export function asProblem(error: unknown): unknown {
  const trouble = redisTrouble(error)
  if (trouble === 'unavailable') return new ProblemError('redis-unavailable', 'Redis cannot be reached now', { retryAfter: 1 })
  if (trouble === 'full') return new ProblemError('store-full', 'Redis has no memory left for new work', { retryAfter: 5 })
  return error
}
