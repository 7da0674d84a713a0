import type { ItemError } from '@manyhands/contracts'
import { isItemError } from '@manyhands/contracts/call'
import { sliceRuns } from '@manyhands/planning'
import type { DoneMessage, ProgressMessage, WaitMessage } from '../messages.ts'
import { progressBytes } from '../messages.ts'
import { Alarm } from './alarm.ts'
import type { Child, ChildListener, Written } from './child.ts'
import type { Death } from './death.ts'
import { Dismissal } from './dismissal.ts'
import { LineCursor } from './lines.ts'
import { residentBytes } from './memory.ts'
import type { SliceProgress, Stretch } from './slice-progress.ts'
import type { TaskProgress } from './task-progress.ts'

const memoryEveryMs = 50

interface SentRun {
  run: number
  slice: SliceProgress
  stretch: Stretch
  isCancelled: boolean
  /** It was told to yield. */
  isYielding: boolean
}

/**
 * One child works on one task: until all of it is done, or the child dies. All runs are sent at once; the child runs them in order and says
 * when each one ends, so the first that has not ended is the one that computes. Whatever happens to it (too long, too much memory, cancelled
 * and deaf to it), the answer is SIGKILL; what that means for the items is `SliceProgress`'s to say.
 */
export class Shift implements ChildListener {
  readonly #child: Child
  readonly #task: TaskProgress
  readonly #memoryBytes: number
  readonly #sent: SentRun[]
  readonly #end = Promise.withResolvers<Death | undefined>()
  #frames = 0
  /** What `onOutcome` threw. */
  #failure: { error: unknown } | undefined
  readonly #alarm = new Alarm(() => this.#onAlarm())
  readonly #dismissal: Dismissal
  /** When the child gave its last sign of life, in milliseconds of `performance`. */
  #heardAt = 0
  #diedAt = 0

  constructor(child: Child, task: TaskProgress, memoryBytes: number) {
    this.#child = child
    this.#memoryBytes = memoryBytes
    this.#task = task
    this.#dismissal = new Dismissal(child)
    const sent = (slice: SliceProgress, stretch: Stretch) => ({
      run: child.nextRun(),
      slice,
      stretch,
      isCancelled: false,
      isYielding: false,
    })
    this.#sent = task.slices.flatMap((slice) => slice.stretches().map((stretch) => sent(slice, stretch)))
  }

  /**
   * Resolves when the child has ended all runs. When it dies first, blames the item that ran, and leaves the rest for another child.
   * Rejects with what `onOutcome` threw; the child is dead then.
   */
  async work(): Promise<void> {
    if (this.#sent.length === 0) return
    this.#child.listener = this
    const forget = this.#task.onAbort(() => this.#tellStops())
    const memory = setInterval(() => this.#watchMemory(), memoryEveryMs)
    try {
      for (const sent of this.#sent) this.#send(sent)
      this.#tellStops()
      this.#watchTime()
      const death = await this.#end.promise
      if (this.#failure) throw this.#failure.error
      if (death) this.#blame(death)
    } finally {
      clearInterval(memory)
      this.#alarm.clear()
      this.#dismissal.clear()
      forget()
      this.#child.listener = undefined
    }
  }

  get label(): string {
    return this.#sent[0]?.slice.label ?? 'functions'
  }

  onDone(message: DoneMessage, body: Buffer): void {
    const [current] = this.#sent
    const errors = readErrors(message, body)
    if (!current || !errors || !fits(message, body, current)) {
      this.#child.kill('protocol')
      return
    }
    this.#frames++
    try {
      current.slice.settle(message, body, errors)
    } catch (error) {
      this.#failure = { error }
      this.#child.kill('stop')
      return
    }
    if (message.end && current.slice.next < current.stretch.to) current.slice.yieldRest()
    if (message.end) this.#next()
    // a yield that came while there were suspects
    if (this.#sent[0]?.slice.isYielding && !this.#sent[0].isYielding) this.#tellStops()
    this.#watchTime()
  }

  onProgress({ run, index }: ProgressMessage, body: Buffer): void {
    const [current] = this.#sent
    const value = smallJson(body)
    if (value === undefined) this.#child.kill('protocol')
    else if (current?.run === run) current.slice.tellProgress(index, value)
  }

  onWait({ run }: WaitMessage): void {
    if (this.#sent[0]?.run === run) this.#task.waits?.begin()
  }

  onWaited(_run: number, resume: () => void): void {
    const { waits } = this.#task
    if (waits) waits.end().then(resume, () => this.#child.kill('stop'))
    else resume()
  }

  onOutput({ run, index, label }: Written, bytes: Buffer): void {
    const [current] = this.#sent
    // what leaks out of an earlier run is none of an item that runs now
    if (!current || (run !== undefined && run !== current.run)) return
    current.slice.log(index ?? indexIn(label), bytes)
  }

  onDeath(death: Death): void {
    this.#diedAt = performance.now()
    this.#end.resolve(death)
  }

  #next(): void {
    this.#sent.shift()
    this.#dismissal.clear()
    const [current] = this.#sent
    if (!current) this.#end.resolve(undefined)
    else if (current.isCancelled) this.#dismissal.start()
  }

  #send(sent: SentRun): void {
    const { call, runs } = sent.slice.slice
    const { from, to, careful, input } = sent.stretch
    const { job, function: name, mode, constants, wire, claim } = call
    const about = { run: sent.run, job, function: name, mode, constants, wire, careful, claim, at: sent.slice.at }
    this.#child.send({ type: 'run', ...about, runs: sliceRuns(runs, from, to) }, input)
  }

  #tellStops(): void {
    this.#cancel()
    for (const sent of this.#sent) {
      if (!sent.slice.isYielding || sent.isYielding) continue
      sent.isYielding = true
      this.#child.send({ type: 'yield', run: sent.run })
    }
  }

  #cancel(): void {
    for (const sent of this.#sent) {
      if (!sent.slice.isAborted || sent.isCancelled) continue
      sent.isCancelled = true
      this.#child.send({ type: 'cancel', run: sent.run })
    }
    if (this.#sent[0]?.isCancelled) this.#dismissal.start()
  }

  /** From the last sign of life on, the present item has its time. (What ran before it since that sign took 1 ms at most.) */
  #watchTime(): void {
    this.#heardAt = performance.now()
    this.#alarm.set(this.#sent[0]?.slice.slice.call.timeoutMs)
  }

  #onAlarm(): void {
    const frames = this.#frames
    // this process may be late itself: what the child has said by now is read first
    setImmediate(() => {
      if (this.#frames === frames) this.#child.kill('timeout')
    })
  }

  #watchMemory(): void {
    const { pid } = this.#child
    if (pid !== undefined && residentBytes(pid) > this.#memoryBytes) this.#child.kill('memory')
  }

  #blame(death: Death): void {
    const [current] = this.#sent
    if (!current || current.slice.isOver) return
    if (death.killedFor === 'cancel' || death.killedFor === 'stop') return
    if (death.told === 'idle' && this.#frames > 0) return
    current.slice.blame(death, current.stretch, Math.round((this.#diedAt - this.#heardAt) * 1000))
  }
}

/** Index of the item that a label names: `resize[17]`; -1 when it names none. */
const indexIn = (label: string): number => Number(/\[(\d+)\]$/.exec(label)?.[1] ?? -1)

/** JSON text without blanks, or undefined when it is none, or too long. */
function smallJson(body: Buffer): string | undefined {
  if (body.length > progressBytes) return undefined
  try {
    return JSON.stringify(JSON.parse(body.toString()))
  } catch {
    return undefined
  }
}

/** Whether the message can be an answer to the run. */
function fits({ run, count, end }: DoneMessage, body: Buffer, current: SentRun): boolean {
  const left = current.stretch.to - current.slice.next
  if (run !== current.run || count > left) return false
  if (count > 0 && body.at(-1) !== 0x0a) return false
  return !end || count === left || current.slice.isAborted || current.isYielding
}

/** The errors of the failed items; undefined when one is none. */
function readErrors({ failed }: DoneMessage, body: Buffer): ItemError[] | undefined {
  const lines = new LineCursor(body)
  try {
    const errors: unknown[] = failed.map((position) => JSON.parse(lines.line(position).toString()))
    return errors.every(isItemError) ? errors : undefined
  } catch {
    return undefined
  }
}
