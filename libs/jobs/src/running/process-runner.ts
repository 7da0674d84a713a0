import type { ItemError } from '@manyhands/contracts'
import { itemError } from '@manyhands/contracts/call'
import {
  type AskedSignal,
  askedSignals,
  type Claim,
  claimsHold,
  claimTask,
  endEarly,
  type NoteReply,
  noteProcess,
} from '@manyhands/job-store'
import type { Task } from '@manyhands/planning'
import type { OwnCall, OwnEnd, OwnProcess, ProcessPool } from '@manyhands/process-pool'
import { dispatch, type JobsContext } from '../context.ts'
import { stoppedError } from '../process-record.ts'
import { LiveProcess } from './live-process.ts'
import { OutputLog } from './output-log.ts'
import { persist } from './persist.ts'
import { piecesOf } from './pieces.ts'
import type { Runner } from './runner.ts'
import { createSettler, liveSlice } from './settler.ts'

export interface ProcessRunnerOptions {
  pool: Pick<ProcessPool, 'spawn'>
  build: string
  worker: string
  host: string
  /** How often claims and signals are checked while something runs, in milliseconds. */
  recheckMs: number
}

/** What a runner works with. */
interface Own {
  context: JobsContext
  options: ProcessRunnerOptions
  /** By job. */
  running: Map<string, LiveProcess>
  /** The runner has stopped: nothing waits for Redis any more. */
  stop: AbortController
}

/** Runs processes of their own: claim, begin, spawn, listen, settle. */
export function createProcessRunner(context: JobsContext, options: ProcessRunnerOptions): Runner {
  const own: Own = { context, options, running: new Map(), stop: new AbortController() }
  let timer: NodeJS.Timeout | undefined
  let off: () => void = () => undefined
  const check = () => void recheck(own).catch(context.onError)
  return {
    start() {
      off = context.wakeups.onControl((event) => {
        if (event.type === 'cancel') own.running.get(event.job)?.cancel()
        if (event.type === 'signal')
          own.running.get(event.job)?.deliver({ number: event.number, signal: event.signal as AskedSignal['signal'] })
        if (event.type === 'reconnected') check()
      })
      timer = setInterval(check, options.recheckMs)
    },
    run: (task) => runTask(own, task),
    stop() {
      own.stop.abort()
      off()
      clearInterval(timer)
    },
  }
}

/** A cancel or a signal may have been told to nobody. */
async function recheck({ context, running }: Own): Promise<void> {
  const processes = [...running.values()].filter((one) => !one.isClaiming)
  const claims = processes.map(({ claim }) => claim)
  const [held, asked] = await Promise.all([
    claimsHold(context.store, claims),
    askedSignals(
      context.store,
      claims.map(({ job }) => job),
    ),
  ])
  processes.forEach((one, i) => {
    one.deliver(asked[i])
    if (!held[i] && !one.isClaiming && one.claim === claims[i]) one.cancel()
  })
}

async function runTask(own: Own, task: Task): Promise<void> {
  const job = task.slices[0]?.job ?? ''
  const mine = own.running.get(job)
  if (mine) return goOn(own, mine, task)
  const claim = await claimOne(own, task)
  if (!claim) return
  const running = new LiveProcess(task, claim)
  own.running.set(job, running)
  try {
    await runProcess(own, running)
  } finally {
    own.running.delete(job)
    running.over.resolve()
  }
}

/** The process runs here already: it is the same one under a new claim. */
async function goOn(own: Own, running: LiveProcess, task: Task): Promise<void> {
  running.isClaiming = true
  try {
    const claim = await claimOne(own, task)
    if (claim) Object.assign(running, { task, claim })
  } finally {
    running.isClaiming = false
  }
  await running.over.promise
}

async function claimOne({ context, options, stop }: Own, task: Task): Promise<Claim | undefined> {
  const { claims, tasks } = await persist(() => claimTask(context.store, task, options.worker), stop.signal)
  dispatch(context, tasks)
  return claims[0]
}

async function runProcess(own: Own, running: LiveProcess): Promise<void> {
  const input = await inputOf(own, running.claim)
  const noted = await note(own, running)
  if (noted.type === 'begun')
    return settle(own, running, input, { ...nothing, error: lostError(`worker ${noted.worker} died while it ran there`) })
  // nobody wants it any more: it is given back
  if (noted.type !== 'ok') return settle(own, running, input, undefined)
  running.deliver(noted.asked)
  if (running.asked) return endAsked(own, running, input, exitCodes[running.asked.signal])
  await live(own, running, input, noted.name || running.claim.function)
}

async function live(own: Own, running: LiveProcess, input: Buffer, title: string): Promise<void> {
  const { context, options, stop } = own
  const { claim } = running
  const log = new OutputLog(context.store, claim.job, stop.signal, context.onError)
  const { job, constants, wire, timeoutMs, function: name } = claim
  const by = { chunk: claim.chunk, attempt: claim.attempt }
  const call = { job, attempt: 1, function: name, mode: 'star' as const, constants, wire, timeoutMs, claim: by }
  const process = spawned(options.pool, { call, input, name: title, onOutput: log.write })
  if (!process) return settle(own, running, input, { ...nothing, error: lostError(stopping) })
  running.attach(process)
  const noted = note(own, running, process.pid)
    .then((reply) => (reply.type === 'ok' ? running.deliver(reply.asked) : running.cancel()))
    .catch(context.onError)
  const end = await process.ended
  await noted
  await log.end()
  await settleEnd(own, running, input, end)
}

/** Undefined when the pool is stopped. */
function spawned(pool: ProcessRunnerOptions['pool'], call: OwnCall): OwnProcess | undefined {
  try {
    return pool.spawn(call)
  } catch {
    return undefined
  }
}

const stopping = 'its worker stopped'

async function settleEnd(own: Own, running: LiveProcess, input: Buffer, end: OwnEnd): Promise<void> {
  const isAsked = running.asked !== undefined && end.signal === running.asked.signal
  if (isAsked) return endAsked(own, running, input, end.exitCode)
  const error = end.isLost ? lostError(stopping) : end.error
  await settle(own, running, input, { ...end, error })
}

/** It ended as somebody had asked for. */
async function endAsked(own: Own, running: LiveProcess, input: Buffer, exitCode: number): Promise<void> {
  const { context, stop } = own
  const error = stoppedError(running.asked?.signal ?? 'SIGTERM', exitCode)
  const tasks = await persist(() => endEarly(context.store, running.claim.job, { state: 'cancelled', error }), stop.signal)
  dispatch(context, tasks ?? [])
  await settle(own, running, input, undefined)
}

type Ending = Pick<OwnEnd, 'error' | 'itemUs' | 'cpuUs'>
const nothing = { itemUs: 0, cpuUs: 0 }
const exitCodes = { SIGTERM: -15, SIGKILL: -9 } as const

/** Tells how it ended, and gives the task back; only that without an ending. What the function returned is nobody's: null stands for it. */
async function settle({ context, options, stop }: Own, running: LiveProcess, input: Buffer, ending: Ending | undefined): Promise<void> {
  const { task, claim } = running
  const settler = createSettler(context, { task, slices: [liveSlice(claim)], place: options, stop: stop.signal })
  if (ending) {
    const { error, itemUs, cpuUs } = ending
    const failed = error ? [{ index: 0, error, input: input.subarray(0, -1) }] : []
    settler.add(0, { slice: 0, from: 0, to: 1, lines: Buffer.from(`${JSON.stringify(error ?? null)}\n`), failed, itemUs, cpuUs })
  }
  await settler.end()
}

const note = ({ context, options, stop }: Own, { claim }: LiveProcess, pid?: number): Promise<NoteReply> =>
  persist(() => noteProcess(context.store, claim, { worker: options.worker, host: options.host, pid }), stop.signal)

/** The arguments: one line. */
async function inputOf({ context, stop }: Own, claim: Claim): Promise<Buffer> {
  const lines: Buffer[] = []
  for await (const piece of piecesOf(context.store, claim, stop.signal)) lines.push(piece.input)
  return Buffer.concat(lines)
}

const lostError = (why: string): ItemError => itemError('process-lost', `The process was lost: ${why}`, undefined)
