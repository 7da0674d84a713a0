import { type Claim, claimsHold, claimTask } from '@manyhands/job-store'
import { eachIndex, type Task } from '@manyhands/planning'
import type { Call, Outcome, ProcessPool, Seat, Slice } from '@manyhands/process-pool'
import { dispatch, type JobsContext } from '../context.ts'
import { persist } from './persist.ts'
import { type Piece, piecesOf } from './pieces.ts'
import { createSettler, type LiveSlice, type Settler } from './settler.ts'

/** Workers that may vanish with a chunk before its items are given up (engine.md: Child protocol). */
const vanishBudget = 5

export interface RunnerOptions {
  pool: ProcessPool
  build: string
  worker: string
  /** How often claims are checked while something runs, in milliseconds. */
  recheckMs: number
}

/** Runs tasks: claim, read, compute, settle. */
export interface Runner {
  start(): void
  run(task: Task): Promise<void>
  stop(): void
}

export function createRunner(context: JobsContext, options: RunnerOptions): Runner {
  const active: Active = { slices: new Set(), claiming: 0, cancelled: new Set(), stop: new AbortController() }
  let timer: NodeJS.Timeout | undefined
  let off: () => void = () => undefined

  const recheck = () => stopLost(context, [...active.slices]).catch(context.onError)
  return {
    start() {
      off = context.wakeups.onControl((event) => (event.type === 'cancel' ? stopJob(active, event.job) : recheck()))
      timer = setInterval(recheck, options.recheckMs)
    },
    async run(task) {
      const seat = await options.pool.seat()
      try {
        await runTask(context, options, task, seat, active)
      } finally {
        seat.release()
      }
    },
    stop() {
      active.stop.abort()
      off()
      clearInterval(timer)
    },
  }
}

/** What runs, and cancels that were heard while a claim was under way: such a claim may be of the cancelled job. */
interface Active {
  slices: Set<LiveSlice>
  claiming: number
  cancelled: Set<string>
  /** The runner has stopped: nothing waits for Redis any more. */
  stop: AbortController
}

function stopJob(active: Active, job: string): void {
  if (active.claiming > 0) active.cancelled.add(job)
  for (const slice of active.slices) if (slice.claim.job === job) slice.stop.abort()
}

async function claimSlices(context: JobsContext, task: Task, worker: string, active: Active): Promise<LiveSlice[]> {
  active.claiming += 1
  try {
    const { claims, tasks } = await persist(() => claimTask(context.store, task, worker), active.stop.signal)
    dispatch(context, tasks)
    const slices = claims.flatMap((claim): LiveSlice[] => (claim ? [{ claim, stop: new AbortController() }] : []))
    for (const slice of slices) active.slices.add(slice)
    for (const slice of slices) if (active.cancelled.has(slice.claim.job)) slice.stop.abort()
    return slices
  } finally {
    active.claiming -= 1
    if (active.claiming === 0) active.cancelled.clear()
  }
}

/** A cancel may have been told to nobody. */
async function stopLost(context: JobsContext, slices: LiveSlice[]): Promise<void> {
  const held = await claimsHold(
    context.store,
    slices.map((slice) => slice.claim),
  )
  held.forEach((holds, i) => {
    if (!holds) slices[i]?.stop.abort()
  })
}

/** claim -> compute -> settle. */
async function runTask(context: JobsContext, options: RunnerOptions, task: Task, seat: Seat, active: Active): Promise<void> {
  const slices = await claimSlices(context, task, options.worker, active)
  if (slices.length === 0) return
  const stop = active.stop.signal
  const settler = createSettler(context, { task, slices, build: options.build, stop })
  const sources = slices.map((slice) => piecesOf(context.store, slice.claim, stop))
  const letGo = () => {
    for (const slice of slices) active.slices.delete(slice)
  }
  try {
    await compute(slices, sources, seat, settler)
  } finally {
    await settler.end().finally(letGo)
  }
}

/** The slices run together, piece by piece: an apply has one piece, only a large chunk has several. */
async function compute(slices: LiveSlice[], sources: AsyncGenerator<Piece>[], seat: Seat, settler: Settler): Promise<void> {
  while (true) {
    const next = await Promise.all(sources.map((source) => source.next()))
    const work = next.flatMap((step, slice) => (step.done ? [] : [{ slice, live: slices[slice] as LiveSlice, piece: step.value as Piece }]))
    if (work.length === 0) return
    const [lost, good] = [work.filter(isLost), work.filter((one) => !isLost(one))]
    for (const { slice, live, piece } of lost) giveUp(live.claim, piece, (outcome) => settler.add(slice, outcome))
    await seat.run(good.map(asSlice), (outcome) => settler.add(good[outcome.slice]?.slice ?? 0, outcome))
  }
}

interface Work {
  slice: number
  live: LiveSlice
  piece: Piece
}

const isLost = ({ live }: Work) => live.claim.vanished >= vanishBudget

function asSlice({ live, piece }: Work): Slice {
  return { call: asCall(live.claim), runs: piece.runs, input: piece.input, signal: live.stop.signal }
}

function asCall(claim: Claim): Call {
  const { job, tries, constants, wire, timeoutMs } = claim
  return { job, attempt: tries + 1, function: claim.function, mode: claim.kind === 'map' ? 'map' : 'star', constants, wire, timeoutMs }
}

/** Too many workers vanished with these items: nobody runs them again. */
function giveUp(claim: Claim, piece: Piece, tell: (outcome: Outcome) => void): void {
  const message = `${claim.vanished} workers vanished while they had this item`
  const error = { name: 'WorkerCrashedError', code: 'worker-crashed', message } as const
  const line = Buffer.from(`${JSON.stringify(error)}\n`)
  let at = 0
  for (const index of eachIndex(piece.runs)) {
    const end = piece.input.indexOf(10, at)
    const failed = [{ index, error, input: piece.input.subarray(at, end) }]
    tell({ slice: 0, from: index, to: index + 1, lines: line, failed, itemUs: 0, cpuUs: 0 })
    at = end + 1
  }
}
