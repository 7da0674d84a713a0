import { type FunctionPolicy, type FunctionRecord, ProblemError, type WorkerRecord } from '@manyhands/contracts'
import { pauseFunction, readFleet, type StoredFleet, workerSilenceMs } from '@manyhands/job-store'
import { dispatch, type JobsContext } from './context.ts'

/** A function as a worker registered it. */
export interface StoredFunction {
  policy: FunctionPolicy
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
    paused: fleet.paused.includes(` ${name} `),
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

/** Hands out nothing more of a function, or goes on with it. What runs goes on. Throws not-found. */
export async function setPaused(context: JobsContext, name: string, paused: boolean): Promise<FunctionRecord> {
  const tasks = await pauseFunction(context.store, name, paused)
  const record = (await listFunctions(context)).find((one) => one.name === name)
  if (!tasks || !record) throw new ProblemError('function-not-found', `no worker has ever registered a function ${name}`)
  dispatch(context, tasks)
  return record
}
