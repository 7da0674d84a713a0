import { type FunctionRecord, type PoolRecord, ProblemError, type WorkerRecord } from '@manyhands/contracts'
import { dropPool, poolNames, putPool, readFleet, readPool, type StoredFleet, type StoredPool, workerSilenceMs } from '@manyhands/job-store'
import { dispatch, type JobsContext } from './context.ts'

/** A function as a worker registered it. */
export interface StoredFunction {
  policy: { timeoutMs?: number; attempts?: number }
  input: boolean
  /** When a worker that has it was started last, in milliseconds. */
  seenAt: number
}

export async function listFunctions(context: JobsContext): Promise<FunctionRecord[]> {
  const fleet = await readFleet(context.store)
  const workers = liveWorkers(fleet)
  return Object.keys(fleet.functions)
    .sort()
    .map((name) => functionRecord(name, fleet, workers))
}

function functionRecord(name: string, fleet: StoredFleet, workers: WorkerRecord[]): FunctionRecord {
  const stored = JSON.parse(fleet.functions[name] ?? '{}') as StoredFunction
  const having = workers.filter((worker) => worker.functions.includes(name))
  const meanUs = fleet.times[name]?.split(' ')[0]
  return {
    name,
    builds: [...new Set(having.map((worker) => worker.build))],
    policy: stored.policy,
    input: stored.input,
    workers: having.length,
    lastSeenAt: having[0]?.seenAt ?? new Date(stored.seenAt).toISOString(),
    meanItemMs: meanUs === undefined ? null : Number(meanUs) / 1000,
  }
}

/** Live workers, the newest first. */
export async function listWorkers(context: JobsContext): Promise<WorkerRecord[]> {
  return liveWorkers(await readFleet(context.store))
}

function liveWorkers(fleet: StoredFleet): WorkerRecord[] {
  const newest = Math.max(0, ...fleet.workers.map((worker) => worker.seenAt))
  return fleet.workers
    .filter((worker) => newest - worker.seenAt < workerSilenceMs)
    .map((worker) => ({ ...(JSON.parse(worker.json) as Omit<WorkerRecord, 'seenAt'>), seenAt: new Date(worker.seenAt).toISOString() }))
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
}

function poolRecord({ name, record, out, ring }: StoredPool): PoolRecord {
  return {
    name,
    processes: record.processes === undefined ? null : Number(record.processes),
    running: out,
    jobs: ring,
    createdAt: record.createdAt === undefined ? null : new Date(Number(record.createdAt)).toISOString(),
  }
}

/** Pools that were made or used; `default` exists always. */
export async function listPools(context: JobsContext): Promise<PoolRecord[]> {
  const names = new Set(['default', ...(await poolNames(context.store))])
  const pools = await Promise.all([...names].map((name) => readPool(context.store, name)))
  return pools.map(poolRecord)
}

export async function getPool(context: JobsContext, name: string): Promise<PoolRecord> {
  const names = await poolNames(context.store)
  if (name !== 'default' && !names.includes(name)) throw noSuchPool(name)
  return poolRecord(await readPool(context.store, name))
}

export async function setPool(context: JobsContext, name: string, processes: number | null): Promise<PoolRecord> {
  dispatch(context, await putPool(context.store, name, processes))
  return poolRecord(await readPool(context.store, name))
}

export async function removePool(context: JobsContext, name: string): Promise<void> {
  const answer = await dropPool(context.store, name)
  if (answer === 'gone') throw noSuchPool(name)
  if (answer === 'busy') throw new ProblemError('job-not-ended', `pool ${name} has jobs that have not ended`)
}

const noSuchPool = (name: string) =>
  new ProblemError('not-found', `there is no pool ${name}; a pool is made by POST /v1/pools or by its first job`)
