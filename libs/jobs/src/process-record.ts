import { type ItemError, isEnded, type Job, type ProcessRecord, type ProcessState } from '@manyhands/contracts'
import type { JobView, ProcessSignal } from '@manyhands/job-store'
import { engineError, toJob } from './job-record.ts'

/** A process is a job of one item, and what its worker has noted of it. */
export function toProcess(view: JobView): ProcessRecord {
  const { record } = view
  const job = toJob(view)
  const state = stateOf(job)
  return {
    id: job.id,
    name: record.name ?? job.function,
    function: job.function,
    state,
    waitingFor: job.waitingFor,
    exitCode: exitCodeOf(job, state),
    pid: record.pid === undefined ? null : Number(record.pid),
    host: record.host ?? null,
    worker: record.worker ?? null,
    daemon: record.daemon === '1',
    labels: job.labels,
    ...(job.parent && { parent: job.parent }),
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    error: job.error,
  }
}

function stateOf({ state, error }: Job): ProcessState {
  if (state === 'failed' && error?.code === 'process-lost') return 'lost'
  return state === 'loading' ? 'waiting' : state
}

/** What asked one to stop that the engine ended. */
const sigterm = -15
const engineEnds = new Set(['cancelled', 'deadline-exceeded'])

function exitCodeOf({ state, error }: Job, shown: ProcessState): number | null {
  if (!isEnded(state) || shown === 'lost') return null
  if (state === 'succeeded') return 0
  const { code = '', exitCode } = (error ?? {}) as Partial<ItemError>
  // what a function throws may have a field of this name
  if (Number.isInteger(exitCode) && code !== 'function-error') return exitCode as number
  return engineEnds.has(code) ? sigterm : 1
}

const words = { SIGTERM: 'terminated', SIGKILL: 'killed' }

/** The error of a process that was asked to end, and did. */
export const stoppedError = (signal: ProcessSignal, exitCode: number): ItemError => ({
  ...engineError('cancelled', `the process was ${words[signal]}`),
  exitCode,
})
