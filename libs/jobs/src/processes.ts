import { isEnded, ProblemError, type ProcessRecord } from '@manyhands/contracts'
import { type JobView, listProcessIds, type ProcessSignal, processLoad, signalProcess, viewJob } from '@manyhands/job-store'
import type { Block } from '@manyhands/planning'
import type { ProcessFilter, StartedProcess, Submission } from './api.ts'
import { dispatch, type JobsContext } from './context.ts'
import { forget } from './end.ts'
import { page } from './paging.ts'
import { stoppedError, toProcess } from './process-record.ts'
import { submit } from './submit.ts'
import { watchJob } from './waiting.ts'

/** Starts a process; with `waitMs`, it is answered once it runs, has ended, or is known to wait, or when the time is over. */
export async function startProcess(
  context: JobsContext,
  submission: Submission,
  block: Block,
  waitMs = 0,
  signal?: AbortSignal,
): Promise<StartedProcess> {
  const { job, replayed } = await submit(context, submission, [block])
  return { process: await lookUntil(context, job.id, hasBegun, waitMs, signal), replayed }
}

const hasBegun = ({ pid, waitingFor, state }: ProcessRecord) => pid !== null || waitingFor !== null || isOver(state)
const isOver = (state: ProcessRecord['state']) => state === 'lost' || isEnded(state)

/** The process; with `waitMs`, once it has ended or the time is over. Throws not-found. */
export function getProcess(context: JobsContext, id: string, waitMs = 0, signal?: AbortSignal): Promise<ProcessRecord> {
  return lookUntil(context, id, ({ state }) => isOver(state), waitMs, signal)
}

async function lookUntil(
  context: JobsContext,
  id: string,
  isDone: (process: ProcessRecord) => boolean,
  waitMs: number,
  signal?: AbortSignal,
): Promise<ProcessRecord> {
  const deadline = performance.now() + waitMs
  const watch = watchJob(context, id, { endOnly: false, signal })
  try {
    while (true) {
      const process = await processOf(context, await processView(context, id))
      const left = deadline - performance.now()
      if (isDone(process) || left <= 0 || signal?.aborted) return process
      await watch.news(left)
    }
  } finally {
    watch.done()
  }
}

/** Throws not-found. */
export async function processView(context: JobsContext, id: string): Promise<JobView> {
  const view = await viewJob(context.store, id)
  if (view?.record.kind !== 'process') throw noSuchProcess(id)
  return view
}

/** Of one that waits without another reason: whether it waits for room. */
async function processOf(context: JobsContext, view: JobView): Promise<ProcessRecord> {
  const process = toProcess(view)
  if (process.state !== 'waiting' || process.waitingFor !== null) return process
  return { ...process, waitingFor: (await isFull(context)) ? 'pool-full' : null }
}

/** More processes live than the workers run at once. */
async function isFull(context: JobsContext): Promise<boolean> {
  const { live, workers } = await processLoad(context.store)
  const limits = workers.map((json) => (JSON.parse(json) as { processLimit?: number }).processLimit ?? 0)
  return live > limits.reduce((sum, limit) => sum + limit, 0)
}

/** Sends SIGTERM or SIGKILL. One that has not begun never will; an ended one stays as it is. Throws not-found. */
export async function sendSignal(context: JobsContext, id: string, signal: ProcessSignal): Promise<ProcessRecord> {
  const unborn = stoppedError(signal, signal === 'SIGTERM' ? -15 : -9)
  const tasks = await signalProcess(context.store, id, signal, unborn)
  if (!tasks) throw noSuchProcess(id)
  dispatch(context, tasks)
  return getProcess(context, id)
}

/** Unlinks every key of an ended process. Throws not-found, and job-not-ended. */
export async function forgetProcess(context: JobsContext, id: string): Promise<void> {
  await processView(context, id)
  await forget(context, id)
}

/** Processes that fit the filter, newest first, a page at a time. */
export async function listProcesses(
  context: JobsContext,
  filter: ProcessFilter,
): Promise<{ processes: ProcessRecord[]; cursor: string | null }> {
  const idsAt = (start: number, count: number) => listProcessIds(context.store, start, count)
  const { found, cursor } = await page(context, filter, idsAt, async (view) => {
    const process = await processOf(context, view)
    return fits(process, filter) ? process : undefined
  })
  return { processes: found, cursor }
}

function fits(process: ProcessRecord, { state, function: name, labels }: ProcessFilter): boolean {
  const labelled = Object.entries(labels).every(([label, value]) => process.labels[label] === value)
  return (state === undefined || state === process.state) && (name === undefined || name === process.function) && labelled
}

const noSuchProcess = (id: string) =>
  new ProblemError('not-found', `there is no process ${id}; ended ones are forgotten after their resultTtlMs`)
