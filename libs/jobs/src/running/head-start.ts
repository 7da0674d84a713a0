import type { BroughtCall, Task } from '@manyhands/planning'
import type { Outcome, Seat, Waits } from '@manyhands/process-pool'
import { type LiveSlice, liveSlice } from './settler.ts'

/** A call that runs longer than this is claimed meanwhile, in milliseconds: so long a cancel does not reach it. */
const unclaimedMs = 5

/** A brought call that runs before its task is claimed (docs/adr/0012). */
export interface HeadStart {
  /** Whether it has succeeded within the time that it may run unclaimed. */
  succeedsSoon(): Promise<boolean>
  /** Stops it; resolves when nothing computes any more. What it did counts for nothing. */
  stop(): Promise<void>
  /** Goes on as the claimed slice, and tells its outcome. */
  finish(slice: LiveSlice, tell: (outcome: Outcome) => void): Promise<void>
}

export function startHead(task: Task, call: BroughtCall, { seat, parking }: { seat: Seat; parking: Waits }): HeadStart {
  const stop = new AbortController()
  const outcomes: Outcome[] = []
  let said: string | undefined
  let hear: LiveSlice['onProgress']
  const onProgress = (_index: number, value: string) => {
    said = value
    hear?.(0, value)
  }
  const slice = { ...sliceOf(task, call), signal: stop.signal, onProgress }
  const run = seat.run([slice], (outcome) => outcomes.push(outcome), undefined, parking)
  const over = run.catch(() => undefined)
  return {
    async succeedsSoon() {
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, unclaimedMs)
      await Promise.race([over, late.promise])
      clearTimeout(timer)
      return outcomes[0]?.failed.length === 0
    },
    async stop() {
      stop.abort()
      await over
    },
    async finish(slice, tell) {
      const { signal } = slice.stop
      hear = slice.onProgress
      if (said !== undefined) hear?.(0, said)
      if (signal.aborted) stop.abort()
      signal.addEventListener('abort', () => stop.abort(), { once: true })
      await run
      for (const outcome of outcomes) tell(outcome)
    },
  }
}

function sliceOf(task: Task, { mode, wire, constants, line, ...call }: BroughtCall) {
  const job = task.slices[0]?.job ?? ''
  const runs: [number, number][] = [[0, 1]]
  // by the first claim, which is to come
  const claim = { chunk: task.slices[0]?.chunk ?? '', attempt: 1 }
  return { call: { job, attempt: 1, function: call.function, mode, constants, wire, claim }, runs, input: Buffer.from(line) }
}

/** The slice of a call that nobody has claimed: its settlement claims it, if nobody else has by then. */
export function unclaimed({ slices: [slice] }: Task): LiveSlice {
  const { job, chunk } = slice ?? { job: '', chunk: '' }
  const counts = { attempt: 0, tries: 0, vanished: 0, attempts: 1 }
  const call = {
    kind: 'apply',
    function: '',
    constants: undefined,
    wire: 'plain',
    timeoutMs: undefined,
    backoff: undefined,
    retryOn: undefined,
    noRetryOn: undefined,
  } as const
  return liveSlice({ job, chunk, ...counts, ...call, results: 'keep', todo: [], ranges: [] })
}
