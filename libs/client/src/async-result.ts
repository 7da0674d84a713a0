import type { Job } from '@manyhands/contracts'
import { atCaller } from './caller.ts'
import { Deadline } from './deadline.ts'
import { ManyhandsTimeoutError, ValueError } from './errors.ts'
import type { Callbacks } from './options.ts'
import type { Task } from './task.ts'

type Outcome<T> = { value: T } | { error: unknown }

/** What an `...Async` call gives at once: Python's AsyncResult. It is no promise: `await result.get()`. */
export class AsyncResult<T> {
  readonly #task: Task<T>
  readonly #settled: Promise<void>
  #outcome: Outcome<T> | undefined

  constructor(task: Task<T>, callbacks: Callbacks<T>) {
    this.#task = task
    this.#settled = this.#watch(callbacks)
  }

  /** The job's id, once it is submitted. Rejects when the submission failed. */
  get id(): Promise<string> {
    return this.#task.id
  }

  /** The job as it stands now. */
  job(options: { signal?: AbortSignal | undefined } = {}): Promise<Job> {
    return this.#task.job(false, options.signal)
  }

  /**
   * The value, as often as wanted; throws what the call failed with.
   * @param timeout seconds; absent = for ever, 0 or less = only what is there now
   * @throws ManyhandsTimeoutError when it is not there in time. The job goes on.
   */
  async get(timeout?: number): Promise<T> {
    await this.wait(timeout)
    if (!this.#outcome) throw new ManyhandsTimeoutError(`the result was not there within ${timeout} s`)
    if ('error' in this.#outcome) throw atCaller(this.#outcome.error, AsyncResult.prototype.get)
    return this.#outcome.value
  }

  /** Returns when the call has ended, or after `timeout` seconds; it never throws. */
  async wait(timeout?: number): Promise<void> {
    if (this.#outcome || (timeout !== undefined && !(timeout > 0))) return
    const deadline = new Deadline(timeout)
    await this.#task.whileWaiting(Promise.race([this.#settled, deadline.over]))
    deadline.undo()
  }

  /** Whether the call has ended, and its callback has run. */
  ready(): boolean {
    return this.#outcome !== undefined
  }

  /** Whether it ended without an error. Throws ValueError before the end. */
  successful(): boolean {
    if (!this.#outcome) throw new ValueError('the call has not ended: successful() is for a ready() result')
    return 'value' in this.#outcome
  }

  /** What a program sees that prints it, where it meant `await result.get()`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const state = this.#outcome ? 'ready' : 'not ready'
    return `AsyncResult { ${this.#task.knownId ?? 'not submitted yet'}, ${state}: await get() }`
  }

  /** Cancels the job; `get()` throws JobCancelledError then. Resolves once the server knows; harmless after the end. */
  cancel(): Promise<void> {
    return this.#task.cancel()
  }

  async #watch({ callback, errorCallback }: Callbacks<T>): Promise<void> {
    const outcome = await this.#task.outcome.then(
      (value): Outcome<T> => ({ value }),
      (error: unknown): Outcome<T> => ({ error }),
    )
    if ('value' in outcome) callSafely(callback, outcome.value)
    else callSafely(errorCallback, outcome.error)
    this.#outcome = outcome
  }
}

/** A callback that throws hangs nobody: its error is shown, as nobody is there to catch it. */
function callSafely<V>(callback: ((value: V) => unknown) | undefined, value: V): void {
  if (!callback) return
  try {
    Promise.resolve(callback(value)).catch(show)
  } catch (error) {
    show(error)
  }
}

function show(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: like an uncaught error, and the only channel that every runtime has
  console.error('manyhands: a callback threw', error)
}
