import { type ItemError, type PoolRecord, ProblemError } from '@manyhands/contracts'
import { dropPool, endPool, type PoolChange, poolNames, putPool, readPool, type StoredPool } from '@manyhands/job-store'
import { dispatch, type JobsContext } from './context.ts'
import { engineError } from './job-record.ts'
import { watchJob } from './waiting.ts'

/** The pool that exists always: programs share it, so nobody can end it. */
const shared = 'default'

/** How often an open pool is looked at by one who waits for it to be empty, in milliseconds. */
const openPoolMs = 500

function toPool({ name, record, out, live }: StoredPool): PoolRecord {
  const number = (field: string) => (record[field] === undefined ? null : Number(record[field]))
  const createdAt = number('createdAt')
  return {
    name,
    processes: number('processes'),
    initializer: record.initializer ?? null,
    maxTasksPerChild: number('maxTasksPerChild'),
    priority: number('priority') ?? 0,
    rateLimit: record.rateMax === undefined ? null : { max: Number(record.rateMax), perMs: Number(record.ratePerMs) },
    state: (record.state ?? 'open') as PoolRecord['state'],
    paused: record.paused === '1',
    running: out,
    jobs: live,
    createdAt: createdAt === null ? null : new Date(createdAt).toISOString(),
  }
}

/** Pools that were made or used; `default` exists always. */
export async function listPools({ store }: JobsContext): Promise<PoolRecord[]> {
  const names = new Set([shared, ...(await poolNames(store))])
  const pools = await Promise.all([...names].map((name) => readPool(store, name)))
  return pools.map(toPool)
}

/** The pool; with `waitMs`, once none of its jobs lives and nothing of them computes, or the time is over. Throws not-found. */
export async function getPool(context: JobsContext, name: string, waitMs = 0, signal?: AbortSignal): Promise<PoolRecord> {
  const deadline = performance.now() + waitMs
  const watch = watchJob(context, `pool/${name}`, { endOnly: true, signal })
  try {
    while (true) {
      const pool = await lookAtPool(context, name)
      const left = deadline - performance.now()
      if (pool.jobs + pool.running === 0 || left <= 0 || signal?.aborted) return pool
      // an open pool tells nobody that it is empty just now
      await watch.news(pool.state === 'open' ? Math.min(left, openPoolMs) : left)
    }
  } finally {
    watch.done()
  }
}

async function lookAtPool({ store }: JobsContext, name: string): Promise<PoolRecord> {
  const names = await poolNames(store)
  if (name !== shared && !names.includes(name)) throw noSuchPool(name)
  return toPool(await readPool(store, name))
}

/** Creates or changes a pool. Throws pool-closed. */
export async function setPool(context: JobsContext, name: string, change: PoolChange): Promise<PoolRecord> {
  if (name === shared && hasOwnProcesses(change))
    throw new ProblemError(
      'invalid-parameter',
      "the default pool is everybody's: initializer and maxTasksPerChild need a pool of their own",
    )
  const reply = await putPool(context.store, name, change)
  if (reply.type === 'pool-closed') throw poolClosed(name, reply.state)
  dispatch(context, reply.tasks)
  return toPool(await readPool(context.store, name))
}

const hasOwnProcesses = ({ initializer, maxTasksPerChild }: PoolChange) =>
  (initializer ?? undefined) !== undefined || (maxTasksPerChild ?? undefined) !== undefined

/** New jobs are refused; those that live run on. */
export function closePool(context: JobsContext, name: string): Promise<PoolRecord> {
  return end(context, name, { state: 'closed' })
}

/** New jobs are refused, those that live are cancelled, and their processes killed. */
export function terminatePool(context: JobsContext, name: string): Promise<PoolRecord> {
  const error = engineError('cancelled', `the pool ${name} was terminated`)
  return end(context, name, { state: 'terminated', jobs: { state: 'cancelled', error } })
}

async function end(context: JobsContext, name: string, how: Parameters<typeof endPool>[2]): Promise<PoolRecord> {
  if (name === shared) throw new ProblemError('invalid-parameter', "the default pool is everybody's: it cannot be closed or terminated")
  const tasks = await endPool(context.store, name, how)
  if (!tasks) throw noSuchPool(name)
  dispatch(context, tasks)
  return toPool(await readPool(context.store, name))
}

/** No process of a pool of this version comes up: all jobs that live fail with its error. One that was changed meanwhile may do better. */
export async function failPool(context: JobsContext, name: string, version: string, error: ItemError): Promise<void> {
  dispatch(context, (await endPool(context.store, name, { jobs: { state: 'failed', error }, version })) ?? [])
}

export async function removePool(context: JobsContext, name: string): Promise<void> {
  const answer = await dropPool(context.store, name)
  if (answer === 'gone') throw noSuchPool(name)
  if (answer === 'busy') throw new ProblemError('job-not-ended', `pool ${name} has jobs that have not ended`)
}

const noSuchPool = (name: string) =>
  new ProblemError('not-found', `there is no pool ${name}; a pool is made by POST /v1/pools or by its first job`)

export const poolClosed = (name: string, state: string) =>
  new ProblemError('pool-closed', `the pool ${name} is ${state} and takes no more jobs; DELETE it once it is empty to use its name again`)
