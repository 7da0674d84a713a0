import type { ItemError } from '@manyhands/contracts'
import { type Claim, type SettleReply, settleTask } from '@manyhands/job-store'
import type { Task } from '@manyhands/planning'
import type { Outcome } from '@manyhands/process-pool'
import { dispatch, type JobsContext } from '../context.ts'
import { persist } from './persist.ts'
import { createProgress, type Place } from './progress.ts'

/** A result that comes after a pause is settled within this time, in milliseconds. */
const flushMs = 10
/** In a run of results, settlements of a task begin this far apart, in milliseconds: each costs Redis, the API and a reader some work. */
const spacingMs = 50

/** A claimed slice and how to stop it. */
export interface LiveSlice {
  claim: Claim
  stop: AbortController
  /** Others are idle: what has not started is handed back. */
  yields: AbortController
  /** Hears how far an item is. */
  onProgress?: ((index: number, value: string) => void) | undefined
}

export const liveSlice = (claim: Claim, onProgress?: LiveSlice['onProgress']): LiveSlice => ({
  claim,
  stop: new AbortController(),
  yields: new AbortController(),
  onProgress,
})

export interface SettlerOptions {
  task: Task
  slices: LiveSlice[]
  place: Place
  /** The runner has stopped. */
  stop: AbortSignal
  /** Hears of each failure of an item, also when it is tried again. */
  onFailed?: ((failed: ItemFailed) => void) | undefined
}

/** One try of an item has failed. */
export interface ItemFailed {
  function: string
  index: number
  error: ItemError
}

/** Settles a task step by step: at most one settlement is under way, and what finishes meanwhile goes with the next. */
export interface Settler {
  add(slice: number, outcome: Outcome): void
  /** Settles what is left, and gives the slices back. */
  end(): Promise<void>
}

export function createSettler(context: JobsContext, { task, slices, place, stop, onFailed }: SettlerOptions): Settler {
  const progress = slices.map((slice) => createProgress(slice.claim, place))
  let timer: NodeJS.Timeout | undefined
  let sending: Promise<void> = Promise.resolve()
  let sentAt = Number.NEGATIVE_INFINITY

  const send = async (final: boolean) => {
    const due = progress.flatMap((one, i) => (final || !one.empty ? [{ i, settlement: one.take(final) }] : []))
    if (due.length === 0) return
    const settlements = due.map(({ settlement }) => settlement)
    const reply = await persist(() => settleTask(context.store, task, place.build, settlements), stop)
    dispatch(context, reply.tasks)
    if (reply.dueIn !== undefined) context.onDue(reply.dueIn)
    stopLost(
      reply,
      due.map(({ i }) => slices[i]),
    )
  }
  const flush = (final: boolean) => {
    clearTimeout(timer)
    timer = undefined
    sentAt = performance.now()
    const sent = sending.then(() => send(final))
    // one that failed was told to its caller: the next goes all the same, as the final one gives back what was not settled
    sending = sent.catch(() => undefined)
    return sent
  }
  return {
    add(slice, outcome) {
      progress[slice]?.add(outcome)
      const name = slices[slice]?.claim.function ?? ''
      for (const { index, error } of outcome.failed) onFailed?.({ function: name, index, error })
      timer ??= setTimeout(() => flush(false).catch(context.onError), Math.max(flushMs, sentAt + spacingMs - performance.now()))
    },
    end: () => flush(true),
  }
}

/** A slice that is not ours any more computes in vain. */
function stopLost(reply: SettleReply, slices: (LiveSlice | undefined)[]): void {
  reply.answers.forEach((answer, i) => {
    if (answer === 'split') slices[i]?.yields.abort()
    else if (answer !== 'ok') slices[i]?.stop.abort()
  })
}
