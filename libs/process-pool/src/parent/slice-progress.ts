import type { ItemError } from '@manyhands/contracts'
import { itemError } from '@manyhands/contracts/call'
import { sliceRuns } from '@manyhands/planning'
import { countItems, hasItem, indexAt } from '../item-runs.ts'
import type { DoneMessage } from '../messages.ts'
import type { FailedItem, Outcome, Slice } from '../work.ts'
import type { Death } from './death.ts'
import { deathError } from './death.ts'
import { ItemLogs } from './item-logs.ts'
import { LineCursor } from './lines.ts'

/** An item whose process died this often while it ran is to blame. */
const deathBudget = 3
/** A child tells at the latest when so many items are finished: no more than one further can have begun. */
const mostSuspects = 4097

/** A stretch of positions of a slice that is sent as one run. */
export interface Stretch {
  from: number
  to: number
  careful: boolean
  /** One line an item. */
  input: Buffer
}

export interface Place {
  /** Position of the slice in the task. */
  index: number
  at: NonNullable<ItemError['at']>
  memoryBytes: number
}

/**
 * What has become of the items of one slice. `next` is the first item that has not been told. When a child dies it may have finished some
 * items more without telling; which one it was running is known when there is only one candidate, when the child was careful, or when it
 * told so itself. Else those that may have begun are suspects: they run again carefully, and the next death names its item.
 */
export class SliceProgress {
  readonly slice: Slice
  readonly total: number
  readonly #place: Place
  readonly #onOutcome: (outcome: Outcome) => void
  readonly #input: LineCursor
  #next = 0
  #hasYielded = false
  /** Items from `next` on that may have been running when a child died. */
  #suspects = 0
  /** Deaths while the item at `next` ran. */
  #deaths = 0
  /** A crash that one of the suspects has caused. */
  #unexplained = 0
  /** A child has died at these suspects, and nobody has been told. */
  #isStruck = false
  readonly #logs = new ItemLogs()

  constructor(slice: Slice, place: Place, onOutcome: (outcome: Outcome) => void) {
    this.slice = slice
    this.total = countItems(slice.runs)
    this.#place = place
    this.#onOutcome = onOutcome
    this.#input = new LineCursor(slice.input)
  }

  get next(): number {
    return this.#next
  }

  /** Whether nothing of the slice is to be run any more. */
  get isOver(): boolean {
    return this.#next >= this.total || this.isAborted || this.#hasYielded
  }

  /** Whether what has not started is to be left to others: not before it is known who has killed a process, or that would be forgotten. */
  get isYielding(): boolean {
    return this.slice.yields?.aborted === true && this.#suspects === 0
  }

  /** The child has left the rest. */
  yieldRest(): void {
    this.#hasYielded = true
  }

  get isAborted(): boolean {
    return this.slice.signal.aborted
  }

  get at(): Place['at'] {
    return this.#place.at
  }

  /** The item that runs now, as far as we know. */
  get label(): string {
    return `${this.slice.call.function}[${indexAt(this.slice.runs, Math.min(this.#next, this.total - 1))}]`
  }

  /** What is left, cut into runs: first the suspects, carefully. */
  stretches(): Stretch[] {
    if (this.isOver) return []
    const left = this.slice.input.subarray(this.#input.startOf(this.#next))
    const border = Math.min(this.#suspects, this.total - this.#next)
    const cut = new LineCursor(left).startOf(border)
    const stretches = [
      { from: this.#next, to: this.#next + border, careful: true, input: left.subarray(0, cut) },
      { from: this.#next + border, to: this.total, careful: false, input: left.subarray(cut) },
    ]
    return stretches.filter(({ from, to }) => from < to)
  }

  /** An item has written something. */
  log(index: number, bytes: Buffer): void {
    if (hasItem(this.slice.runs, index)) this.#logs.add(index, bytes)
  }

  /** An item has told how far it is, as JSON. */
  tellProgress(index: number, value: string): void {
    if (hasItem(this.slice.runs, index)) this.slice.onProgress?.(index, value)
  }

  /** The child has told the next items. */
  settle({ count, failed, itemUs, cpuUs }: DoneMessage, body: Buffer, errors: ItemError[]): void {
    const results = new LineCursor(body)
    const bad = errors.map((error, i) => this.#failedItem(failed[i] ?? 0, error))
    let told = 0
    for (const [from, to] of sliceRuns(this.slice.runs, this.#next, this.#next + count)) {
      const start = results.startOf(told)
      const lines = told + to - from === count ? body.subarray(start) : body.subarray(start, results.startOf(told + to - from))
      const share = (to - from) / count
      const here = bad.filter(({ index }) => index >= from && index < to)
      this.#onOutcome({ slice: this.#place.index, from, to, lines, failed: here, itemUs: itemUs * share, cpuUs: cpuUs * share })
      this.#logs.drop(from, to)
      told += to - from
    }
    this.#advance(count)
  }

  /**
   * A child died at this stretch, and that was not by our will.
   * @param us how long the item had run that ran then, in microseconds
   */
  blame(death: Death, { to, careful }: Stretch, us = 0): void {
    const isKnown = careful || to - this.#next === 1 || death.told === 'running'
    this.#isStruck = true
    if (isKnown) this.#blameNext(death, us)
    else this.#suspect(death, to)
    this.#logs.clear()
  }

  #blameNext(death: Death, us: number): void {
    this.#deaths += 1 + this.#unexplained
    this.#unexplained = 0
    this.#suspects = 1
    if (death.killedFor === 'timeout' || this.#deaths >= deathBudget) this.#fail(deathError(death, this.at, this.#limits), us)
  }

  /** Item indexes that have to run again since a process died, told once: [from, to). */
  takeReruns(): [from: number, to: number][] {
    const reruns = this.#suspects
    const isNew = this.#isStruck && !this.isOver
    this.#isStruck = false
    return isNew ? sliceRuns(this.slice.runs, this.#next, this.#next + reruns) : []
  }

  /** Nothing of the slice can be run here. */
  failAll(message: string): void {
    while (!this.isOver) this.#fail(itemError('function-not-loaded', message, this.at))
  }

  get #limits() {
    return { timeoutMs: this.slice.call.timeoutMs, memoryBytes: this.#place.memoryBytes }
  }

  #suspect(death: Death, to: number): void {
    this.#suspects = Math.min(to - this.#next, mostSuspects)
    this.#unexplained = death.killedFor === 'timeout' ? 0 : 1
  }

  #fail(error: ItemError, itemUs = 0): void {
    const index = indexAt(this.slice.runs, this.#next)
    const lines = Buffer.from(`${JSON.stringify(error)}\n`)
    const failed = [this.#failedItem(0, error)]
    this.#onOutcome({ slice: this.#place.index, from: index, to: index + 1, lines, failed, itemUs, cpuUs: 0 })
    this.#advance(1)
    // it was the one: those behind it had not begun
    this.#suspects = 0
  }

  #failedItem(position: number, error: ItemError): FailedItem {
    const line = this.#next + position
    const index = indexAt(this.slice.runs, line)
    const log = this.#logs.of(index)
    return { index, error, input: this.#input.line(line), ...(log !== undefined && { log }) }
  }

  #advance(count: number): void {
    this.#next += count
    this.#suspects = Math.max(0, this.#suspects - count)
    this.#deaths = 0
    if (this.#suspects === 0) this.#unexplained = 0
  }
}
