import { itemError, JobCancelledError, type RemoteErrorRecord } from './errors.ts'
import type { Values } from './results.ts'

const observed = (): void => undefined
const nothing: Values = { from: 0, values: [], failed: new Set() }

/** Where an iterator's results come from. */
export interface Pieces {
  /** The next results; undefined after the last. Rejects with what ended them early: after that there is no more. */
  pull(): Promise<Values | undefined>
  /** No more is wanted. */
  cancel(reason: unknown): Promise<void>
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
  /** `next()` has thrown what ended the results. */
  #told = false
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

  /** The next result. Rejects with the error of an item that failed, and can be called again then. */
  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#waiting === 0 && this.#at < this.#piece.values.length) return this.#take()
    this.#waiting++
    const turn = this.#turn.then(() => this.#wait())
    this.#turn = turn.then(observed, observed)
    return turn
  }

  /** Ends the iteration and cancels what has not run; resolves once the server knows. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#finish()
    const cancelled = this.#pieces.cancel(new JobCancelledError('the iteration was left', this.#pieces.knownId))
    // an error that next() has thrown is not thrown once more: `await using` would hide it behind a SuppressedError
    await (this.#told ? cancelled.catch(observed) : cancelled)
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #wait(): Promise<IteratorResult<R, undefined>> {
    try {
      while (!this.#done && this.#at === this.#piece.values.length) await this.#pull()
    } finally {
      this.#waiting--
    }
    return this.#done ? { done: true, value: undefined } : this.#take()
  }

  async #pull(): Promise<void> {
    try {
      const piece = await this.#pieces.pull()
      if (this.#done) return
      if (piece) this.#begin(piece)
      else this.#finish()
    } catch (error) {
      // Left meanwhile: whoever waited learns that it is over, not why.
      if (this.#done) return
      this.#finish()
      this.#told = true
      throw error
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
    return Promise.reject(itemError(values[at] as RemoteErrorRecord, from + at, this.#pieces.knownId))
  }
}
