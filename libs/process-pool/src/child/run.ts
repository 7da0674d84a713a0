import { performance } from 'node:perf_hooks'
import { callerOf, decodeFailure, errorLine, resultLine } from '@manyhands/contracts/call'
import type { Live } from '@manyhands/contracts/wire'
import type { Definition, ProcessInfo } from '@manyhands/functions'
import { taskStorage } from '@manyhands/functions'
import { countItems, indexAt } from '../item-runs.ts'
import type { RunMessage } from '../messages.ts'
import { handsOf } from './hands.ts'
import { BurstSource } from './item-task.ts'
import { Lines } from './lines.ts'
import { Meter } from './meter.ts'
import type { Outbox } from './outbox.ts'
import { ProgressTeller } from './progress-teller.ts'
import { Results } from './results.ts'
import type { ChildSharing } from './sharing.ts'
import { Waiting } from './waiting.ts'

/** Most finished work, in milliseconds, that a death of the process can cost. */
const burstMs = 1
/** Results wait no longer than this while an asynchronous item takes its time. */
const tellEveryMs = 5

export interface RunContext {
  outbox: Outbox
  maxResultBytes: number
  /** Functions that have returned a promise: each of their items has its own async context. */
  promising: WeakSet<Definition>
  process: ProcessInfo
  /** What functions return is wanted by nobody. */
  discards: boolean
  sharing: ChildSharing
}

/**
 * Runs the items of one `run` message: bursts of items without a pause, for 1 ms at most; then one turn of the event loop, in which
 * rejections that nobody handled and a `cancel` come to light; then the results of the burst are written, and the next burst starts.
 */
export class Run {
  readonly message: RunMessage
  readonly #context: RunContext
  readonly #definition: Definition | undefined
  readonly #call: (item: unknown) => unknown
  readonly #lines: Lines
  readonly #results = new Results()
  readonly #total: number
  /** The item that runs, or runs next. */
  #position = 0
  /** Items that have been told. */
  #told = 0
  #failures = 0
  #careful: boolean
  #source: BurstSource
  #bursting = false
  /** There while an asynchronous item runs: ends it with an error. */
  #interrupt: ((error: unknown) => void) | undefined
  /** Something leaked out of one item of a burst, and we cannot say which. */
  #redo = false
  #leaving = false
  #cancelled = false
  #yielded = false
  #controller: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #meter = new Meter()
  readonly #progress: ProgressTeller
  readonly #waiting: Waiting
  /** When the last item ended. */
  #now = 0

  constructor(message: RunMessage, body: Buffer, definition: Definition | undefined, context: RunContext) {
    this.message = message
    this.#context = context
    this.#definition = definition
    this.#call = tryCallerOf(definition, message, context.sharing.live)
    this.#lines = new Lines(body, message.wire, context.sharing.live)
    this.#total = countItems(message.runs)
    this.#careful = message.careful
    this.#progress = new ProgressTeller(message.run, context.outbox)
    this.#waiting = new Waiting(message.run, context.outbox)
    this.#source = this.#newSource()
  }

  /** Resolves at the end of the run, or before it, once all that is finished has been told, when this process should not go on. */
  async work(): Promise<'go-on' | 'leave'> {
    this.#meter = new Meter()
    while (!(await this.#step()) && !this.#leaving);
    clearInterval(this.#timer)
    return this.#leaving ? 'leave' : 'go-on'
  }

  /** Whether an item failed. */
  get hasFailed(): boolean {
    return this.#failures > 0
  }

  /** Starts no more items. */
  cancel(): void {
    this.#cancelled = true
    this.#controller?.abort()
  }

  /** Leaves what has not started to others. */
  yieldRest(): void {
    this.#yielded = true
  }

  /** What a function waited for is there, and the run holds its slot again. */
  resume(): void {
    this.#waiting.resume()
  }

  /** Ends the run after the present item. */
  leave(): void {
    this.#leaving = true
  }

  /**
   * Takes an error that no caller caught. False when it belongs to no item that could still fail for it.
   * `fatal`: the process should not run anything else.
   */
  takeLeak(error: unknown, source: BurstSource | undefined, fatal: boolean): boolean {
    const from = source ?? this.#source
    const place = from.position - this.#told
    const isPending = this.#interrupt !== undefined && from === this.#source
    if (from.message !== this.message || place < 0 || (!isPending && place >= this.#results.count)) return false
    this.#leaving ||= fatal
    if (isPending) this.#break(error)
    else if (from.first === from.position) this.#results.replace(place, errorLine(error, this.message))
    else this.#redo = true
    return true
  }

  /**
   * Which item is to blame when the function ends the process: the one that runs, if all before it have been told; else any of the burst,
   * and what the burst has finished is not told either: what may have leaked out of it has not come to light.
   */
  get lastWords(): 'running' | 'idle' | undefined {
    if (this.#results.count > 0) return undefined
    return this.#bursting || this.#interrupt ? 'running' : 'idle'
  }

  /** Runs items until it is time to tell them; gives true at the end of the run. */
  async #step(): Promise<boolean> {
    do {
      const pending = this.#burst()
      if (pending) await this.#settle(pending)
    } while (!this.#isDue())
    this.#progress.drop()
    await turn()
    if (this.#redo) this.#rewind()
    // whoever reads a result finds the objects in it
    await this.#context.sharing.pending
    const end = this.#isOver
    this.#tell(end)
    return end
  }

  get #isOver(): boolean {
    return this.#cancelled || this.#yielded || this.#position >= this.#total
  }

  #burst(): PromiseLike<unknown> | undefined {
    if (this.#isOver) return undefined
    this.#source = this.#newSource()
    this.#bursting = true
    const pending = taskStorage().run(this.#source, this.#runItems)
    this.#bursting = false
    return pending
  }

  readonly #runItems = (): PromiseLike<unknown> | undefined => {
    const source = this.#source
    const started = performance.now()
    const until = this.#careful || this.#isPromising ? 0 : this.#meter.tookAt + burstMs
    let now = started
    let pending: PromiseLike<unknown> | undefined
    do {
      source.position = this.#position
      pending = this.#runItem()
      now = performance.now()
    } while (!pending && now < until && this.#position < this.#total && !this.#results.isFull)
    this.#meter.addItemTime(now - started)
    this.#now = now
    return pending
  }

  /** Gives the promise of an asynchronous item. */
  #runItem(): PromiseLike<unknown> | undefined {
    try {
      const result = this.#call(this.#nextItem())
      if (isThenable(result)) return result
      this.#add(result)
    } catch (error) {
      this.#results.addFailure(errorLine(error, this.message))
    }
    this.#position++
    return undefined
  }

  #add(result: unknown): void {
    if (this.#context.discards) this.#results.add('null')
    // not 0, which may be -0
    else if (typeof result === 'number' && Number.isSafeInteger(result) && result !== 0) this.#results.addInteger(result)
    else this.#results.add(resultLine(result, this.message.wire, this.#context.maxResultBytes))
  }

  #nextItem(): unknown {
    try {
      return this.#lines.next()
    } catch (error) {
      throw decodeFailure(error, { line: indexAt(this.message.runs, this.#position) + 1 })
    }
  }

  async #settle(pending: PromiseLike<unknown>): Promise<void> {
    if (this.#definition) this.#context.promising.add(this.#definition)
    this.#timer ??= setInterval(() => this.#tellWhilePending(), tellEveryMs)
    const started = performance.now()
    try {
      this.#add(await this.#interruptible(pending))
    } catch (error) {
      this.#results.addFailure(errorLine(error, this.message))
    }
    this.#interrupt = undefined
    await this.#waiting.end()
    this.#progress.drop()
    this.#now = performance.now()
    this.#meter.addItemTime(this.#now - started)
    this.#position++
  }

  #interruptible(pending: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject
      Promise.resolve(pending).then(resolve, reject)
    })
  }

  /** Ends an item whose own promise may never settle. What it started may go on, so this process runs nothing else. */
  #break(error: unknown): void {
    this.#leaving = true
    this.#interrupt?.(error)
  }

  #isDue(): boolean {
    if (this.#careful || this.#leaving || this.#redo || this.#isOver || this.#results.isFull) return true
    return this.#now - this.#meter.tookAt >= burstMs
  }

  /** Runs what has not been told once more, one item at a time, so that the next leak names its item. */
  #rewind(): void {
    this.#redo = false
    this.#leaving = false
    this.#careful = true
    this.#results.clear()
    this.#position = this.#told
    this.#lines.rewind(this.#told)
  }

  #tellWhilePending(): void {
    if (this.#results.count > 0 && !this.#redo) this.#tell(false)
  }

  #tell(end: boolean): void {
    this.#failures += this.#results.failures
    this.#results.send(this.#context.outbox, { run: this.message.run, ...this.#meter.take(end), end })
    this.#told = this.#position
  }

  get #isPromising(): boolean {
    return this.#definition !== undefined && this.#context.promising.has(this.#definition)
  }

  #newSource(): BurstSource {
    const surroundings = {
      signal: () => this.#signal(),
      process: this.#context.process,
      progress: (index: number, value: unknown) => this.#tellProgress(index, value),
      hands: (index: number) => this.#hands(index),
      whileWaiting: <T>(index: number, promise: Promise<T>) => this.#whileWaiting(index, promise),
    }
    return new BurstSource(this.message, this.#position, surroundings)
  }

  /** What an item that has ended still says is passed over. */
  #tellProgress(index: number, value: unknown): void {
    if (index === this.#source.index) this.#progress.tell(index, value)
  }

  #hands(index: number) {
    const whileWaiting = <T>(promise: Promise<T>) => this.#whileWaiting(index, promise)
    return handsOf({ parent: `${this.message.job}/${index}`, whileWaiting, sharing: this.#context.sharing.transport })
  }

  #whileWaiting<T>(index: number, promise: Promise<T>): Promise<T> {
    // a process of its own has no slot to give away
    const hasSlot = !this.#context.discards && index === this.#source.index
    return hasSlot ? this.#waiting.during(promise) : promise
  }

  #signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#cancelled) this.#controller.abort()
    return this.#controller.signal
  }
}

/** When no item can be called, each one fails with the reason. */
function tryCallerOf(definition: Definition | undefined, message: RunMessage, live: Live): (item: unknown) => unknown {
  try {
    return callerOf(definition, message, live)
  } catch (error) {
    return () => {
      throw error
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  return typeof (value as { then?: unknown }).then === 'function'
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
