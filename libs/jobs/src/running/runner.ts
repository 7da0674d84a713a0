import { type Claim, claimsHold, claimTask, keepTasks } from '@manyhands/job-store'
import { eachIndex, type Task } from '@manyhands/planning'
import { type Call, InitializerError, type Outcome, type ProcessPool, type Seat, type Slice } from '@manyhands/process-pool'
import { dispatch, type JobsContext } from '../context.ts'
import { failPool } from '../pools.ts'
import { Crews } from './crews.ts'
import { type HeadStart, startHead, unclaimed } from './head-start.ts'
import { Parking } from './parking.ts'
import { persist } from './persist.ts'
import { type Piece, piecesOf } from './pieces.ts'
import { ProgressWords } from './progress-words.ts'
import { createSettler, type LiveSlice, liveSlice, type Settler, type SettlerOptions } from './settler.ts'

/** Workers that may vanish with a chunk before its items are given up (engine.md: Child protocol). */
const vanishBudget = 5

export interface RunnerOptions {
  pool: ProcessPool
  build: string
  worker: string
  host: string
  /** Whether a call of this function may start before it is claimed: its author set no limit that the claim would have to tell. */
  headStart: (name: string) => boolean
  /** How often claims are checked while something runs, in milliseconds. */
  recheckMs: number
  onFailed?: SettlerOptions['onFailed']
}

/** Runs tasks: claim, read, compute, settle. */
export interface Runner {
  start(): void
  run(task: Task): Promise<void>
  stop(): void
}

export interface TaskRunner extends Runner {
  /** Starts no more items: each process ends its present one, and what is left of its task is handed back. */
  leave(): void
  /** Resolves when no task runs that has left the queue. */
  through(): Promise<unknown>
}

export function createRunner(context: JobsContext, options: RunnerOptions): TaskRunner {
  const active: Active = {
    slices: new Set(),
    kept: new Map(),
    claiming: 0,
    cancelled: new Set(),
    leaving: false,
    crews: new Crews(),
    words: new ProgressWords(context.store, context.onError),
    stop: new AbortController(),
  }
  let timer: NodeJS.Timeout | undefined
  let off: () => void = () => undefined

  const recheck = () => {
    stopLost(context, [...active.slices]).catch(context.onError)
    keepTasks(context.store, [...active.kept.keys()]).catch(context.onError)
  }
  return {
    start() {
      off = context.wakeups.onControl((event) => {
        if (event.type === 'cancel') stopJob(active, event.job)
        if (event.type === 'reconnected') recheck()
      })
      timer = setInterval(recheck, options.recheckMs)
    },
    async run(task) {
      const seat = await options.pool.seat(undefined, active.crews.key(task.pool))
      const { recheckMs } = options
      const parking = new Parking(context, task, seat, { recheckMs, stop: active.stop.signal })
      const work = runTask({ context, options, active }, task, { seat, parking }).finally(() => {
        parking.close()
        seat.release()
      })
      await Promise.race([work, parking.left.then(() => keep({ context, active }, task, work))])
    },
    leave() {
      active.leaving = true
      for (const slice of active.slices) slice.yields.abort()
    },
    async through() {
      while (active.kept.size > 0) await Promise.all(active.kept.values())
    },
    stop() {
      active.stop.abort()
      active.words.stop()
      off()
      clearInterval(timer)
    },
  }
}

/** What a runner works with. */
interface Own {
  context: JobsContext
  options: RunnerOptions
  active: Active
}

/** What runs, and cancels that were heard while a claim was under way: such a claim may be of the cancelled job. */
interface Active {
  slices: Set<LiveSlice>
  /** Tasks that have left the queue, and their work. */
  kept: Map<Task, Promise<unknown>>
  claiming: number
  cancelled: Set<string>
  leaving: boolean
  crews: Crews
  words: ProgressWords
  /** The runner has stopped: nothing waits for Redis any more. */
  stop: AbortController
}

/** The queue is told that it is through with a parked task, whose slot others have: this worker keeps it. */
function keep({ context, active }: Pick<Own, 'context' | 'active'>, task: Task, work: Promise<void>): void {
  // what a stop cuts off is no trouble
  const kept = work.catch((error) => active.leaving || context.onError(error)).finally(() => active.kept.delete(task))
  active.kept.set(task, kept)
}

function stopJob(active: Active, job: string): void {
  if (active.claiming > 0) active.cancelled.add(job)
  for (const slice of active.slices) if (slice.claim.job === job) slice.stop.abort()
}

async function claimSlices({ context, options, active }: Own, task: Task): Promise<LiveSlice[]> {
  active.claiming += 1
  try {
    const { claims, tasks, crew } = await persist(() => claimTask(context.store, task, options.worker), active.stop.signal)
    dispatch(context, tasks)
    active.crews.note(task.pool, crew)
    const slices = claims.flatMap((claim) => (claim ? [liveSlice(claim, (index, value) => active.words.note(claim, index, value))] : []))
    for (const slice of slices) active.slices.add(slice)
    for (const slice of slices) if (active.cancelled.has(slice.claim.job)) slice.stop.abort()
    if (active.leaving) for (const slice of slices) slice.yields.abort()
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

/** claim -> compute -> settle; a call that came with its task computes first. */
async function runTask(own: Own, task: Task, place: Place): Promise<void> {
  const head = task.call && own.options.headStart(task.call.function) ? startHead(task, task.call, place) : undefined
  try {
    const slices = (await head?.succeedsSoon()) ? [unclaimed(task)] : await claimSlices(own, task)
    if (slices.length > 0) await runSlices(own, { task, slices, head, ...place })
  } finally {
    await head?.stop()
  }
}

/** Where a task runs. */
export interface Place {
  seat: Seat
  parking: Parking
}

interface Taken extends Place {
  task: Task
  slices: LiveSlice[]
  head: HeadStart | undefined
}

async function runSlices({ context, options, active }: Own, taken: Taken): Promise<void> {
  const { task, slices } = taken
  const settler = createSettler(context, { task, slices, place: options, stop: active.stop.signal, onFailed: options.onFailed })
  try {
    await work(context, taken, settler, active)
  } finally {
    await settler.end().finally(() => {
      for (const slice of slices) active.slices.delete(slice)
    })
  }
}

async function work(context: JobsContext, { task, slices, seat, parking, head }: Taken, settler: Settler, active: Active): Promise<void> {
  const [only] = slices
  // a limit that this build's function does not have was not kept so far
  if (head && only?.claim.timeoutMs === undefined) return head.finish(only as LiveSlice, (outcome) => settler.add(0, outcome))
  await head?.stop()
  const { signal } = active.stop
  const sources = slices.map((slice) => piecesOf(context.store, slice.claim, signal))
  const crew = active.crews.of(task.pool)
  try {
    await compute(slices, sources, settler, (work, tell) => seat.run(work, tell, crew, parking))
  } catch (error) {
    if (!(crew && error instanceof InitializerError)) throw error
    await persist(() => failPool(context, task.pool, crew.version, error.error), signal)
  }
}

/** The slices run together, piece by piece: an apply has one piece, only a large chunk has several. */
async function compute(slices: LiveSlice[], sources: AsyncGenerator<Piece>[], settler: Settler, run: Seat['run']): Promise<void> {
  while (true) {
    const next = await Promise.all(sources.map((source) => source.next()))
    const work = next.flatMap((step, slice) =>
      step.done || slices[slice]?.yields.signal.aborted ? [] : [{ slice, live: slices[slice] as LiveSlice, piece: step.value as Piece }],
    )
    if (work.length === 0) return
    const [lost, good] = [work.filter(isLost), work.filter((one) => !isLost(one))]
    for (const { slice, live, piece } of lost) giveUp(live.claim, piece, (outcome) => settler.add(slice, outcome))
    await run(good.map(asSlice), (outcome) => settler.add(good[outcome.slice]?.slice ?? 0, outcome))
  }
}

interface Work {
  slice: number
  live: LiveSlice
  piece: Piece
}

const isLost = ({ live }: Work) => live.claim.vanished >= vanishBudget

function asSlice({ live: { claim, stop, yields, onProgress }, piece: { runs, input } }: Work): Slice {
  return { call: asCall(claim), runs, input, signal: stop.signal, yields: yields.signal, onProgress }
}

function asCall(claim: Claim): Call {
  const { job, chunk, attempt, tries, kind, constants, wire, timeoutMs } = claim
  const how = { function: claim.function, mode: kind === 'map' ? ('map' as const) : ('star' as const), constants, wire, timeoutMs }
  return { job, attempt: tries + 1, ...how, claim: { chunk, attempt } }
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
