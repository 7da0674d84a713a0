import { atCaller, forCaller } from './caller.ts'
import { Deadline } from './deadline.ts'
import { itemError, JobCancelledError, ManyhandsTimeoutError, type RemoteErrorRecord } from './errors.ts'
import type { Values } from './results.ts'

const observed = (): void => undefined
const nothing: Values = { from: 0, values: [], failed: new Set() }
const over: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Where an iterator's results come from. */
export interface Pieces {
  /** The next results; undefined after the last. Rejects with what ended them early: after that there is no more. */
  pull(): Promise<Values | undefined>
  /** No more is wanted. */
  cancel(reason: unknown): Promise<void>
  /** A wait of the program for results. */
  whileWaiting<T>(promise: Promise<T>): Promise<T>
  readonly id: Promise<string>
  readonly knownId: string | undefined
}

/**
 * The results of an imap, one by one. Written out by hand, since a generator ends at its first error: here the error of a failing
 * item is thrown by its `next()`, and the one after goes on.
 * `return()`, which leaving a `for await` calls, cancels the job. A `for await` that is left by the error of an item does not
 * call it (JavaScript's rule): there, `await using` the iterator.
 */
export class ResultIterator<R> implements AsyncIterableIterator<R, undefined, undefined>, AsyncDisposable {
  readonly #pieces: Pieces
  #piece = nothing
  #at = 0
  #done = false
  /** What ended the results early, until a `next()` has thrown it. */
  #failure: { error: unknown } | undefined
  /** A `next()` has thrown it. */
  #told = false
  #pulling: Promise<void> | undefined
  /** The last `next()` that had to wait: calls that overlap are answered in their order. */
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(pieces: Pieces) {
    this.#pieces = pieces
  }

  /** The job's id, once it is submitted. */
  get id(): Promise<string> {
    return this.#pieces.id
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /**
   * The next result. Rejects with the error of an item that failed, and can be called again then.
   * @param timeout seconds; absent = for ever, 0 or less = only what is there by now
   * @throws ManyhandsTimeoutError when it is not there in time. Nothing is cancelled or lost: the `next()` after gets it.
   */
  next(timeout?: number): Promise<IteratorResult<R, undefined>> {
    if (this.#waiting === 0 && this.#at < this.#piece.values.length) return this.#take()
    this.#waiting++
    const deadline = new Deadline(timeout)
    const turn = this.#turn.then(() => this.#wait(deadline))
    this.#turn = turn.then(observed, observed)
    return forCaller(this.#pieces.whileWaiting(inTime(turn, deadline, timeout)))
  }

  /** Ends the iteration and cancels what has not run; resolves once the server knows. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#finish()
    this.#failure = undefined
    const cancelled = this.#pieces.cancel(new JobCancelledError('the iteration was left', this.#pieces.knownId))
    // an error that next() has thrown is not thrown once more: `await using` would hide it behind a SuppressedError
    await (this.#told ? cancelled.catch(observed) : cancelled)
    return over
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  /** What comes in time; who is too late takes nothing, also when his turn comes after it. */
  async #wait(deadline: Deadline): Promise<IteratorResult<R, undefined>> {
    try {
      while (!deadline.hasPassed && !this.#done && this.#at === this.#piece.values.length) await Promise.race([this.#pull(), deadline.over])
      return deadline.hasPassed ? over : this.#answer()
    } finally {
      this.#waiting--
      deadline.undo()
    }
  }

  #answer(): Promise<IteratorResult<R, undefined>> | IteratorReturnResult<undefined> {
    if (!this.#done) return this.#take()
    if (!this.#failure) return over
    const { error } = this.#failure
    this.#failure = undefined
    this.#told = true
    throw error
  }

  /** Never rejects, and is one for all who wait: what comes when they have run out of time is there for the next. */
  #pull(): Promise<void> {
    this.#pulling ??= this.#fetch()
    return this.#pulling
  }

  async #fetch(): Promise<void> {
    try {
      const piece = await this.#pieces.pull()
      if (this.#done) return
      if (piece) this.#begin(piece)
      else this.#finish()
    } catch (error) {
      // Left meanwhile: whoever waited learns that it is over, not why.
      if (this.#done) return
      this.#finish()
      this.#failure = { error }
    } finally {
      this.#pulling = undefined
    }
  }

  #begin(piece: Values): void {
    this.#piece = piece
    this.#at = 0
  }

  #finish(): void {
    this.#done = true
    this.#begin(nothing)
  }

  #take(): Promise<IteratorResult<R, undefined>> {
    const { values, failed, from } = this.#piece
    const at = this.#at++
    if (!failed.has(at)) return Promise.resolve({ done: false, value: values[at] as R })
    const error = itemError(values[at] as RemoteErrorRecord, from + at, this.#pieces.knownId)
    return Promise.reject(atCaller(error, ResultIterator.prototype.next))
  }
}

async function inTime<T>(turn: Promise<T>, deadline: Deadline, timeout: number | undefined): Promise<T> {
  await Promise.race([turn, deadline.over])
  if (deadline.hasPassed) throw new ManyhandsTimeoutError(`the next result was not there within ${timeout} s`)
  return turn
}
