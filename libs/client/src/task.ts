import { isEnded, type Job, limits } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { JobCancelledError } from './errors.ts'
import { isRefusal } from './patience.ts'
import type { Submission, Submitted } from './submission.ts'

const observed = (): void => undefined

/**
 * One call of this program: from submission to outcome, with one way to stop it.
 * States: starting -> submitted -> over (the server said the end) -> settled; or, from any before over, stopped: the outcome
 * rejects at once, and the job, if there is or may be one, is cancelled on the server.
 */
export class Task<T> {
  readonly outcome: Promise<T>
  readonly #connection: Connection
  readonly #abort = new AbortController()
  readonly #id = Promise.withResolvers<string>()
  #submission: Submission | undefined
  #knownId: string | undefined
  #over = false
  #stopped: Promise<void> | undefined

  /** Rejects with what `work` rejects with, or with the reason of the signal or of `cancel`. */
  constructor(connection: Connection, signal: AbortSignal | undefined, work: (task: Task<T>) => Promise<T>) {
    this.#connection = connection
    this.#id.promise.catch(observed)
    this.outcome = this.#run(signal, work)
    this.outcome.catch(observed)
  }

  /** Aborts when the call is stopped. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Rejects when the call ended before it was a job. */
  get id(): Promise<string> {
    return this.#id.promise
  }

  get knownId(): string | undefined {
    return this.#knownId
  }

  /** @param held whether the server may hold back its answer, so that it is the result */
  async submit(submission: Submission, held: boolean): Promise<Submitted> {
    this.signal.throwIfAborted()
    this.#submission = submission
    const submitted = await this.#send(submission, held)
    this.#learn(submitted.id)
    if (submitted.result !== undefined) this.over()
    return submitted
  }

  /** The server has said how the job ended: there is nothing left to cancel. */
  over(): void {
    this.#over = true
  }

  /**
   * The outcome rejects with `reason`; resolves once the server knows. Harmless after the end.
   * @param after what the server is to hear before
   */
  async cancel(reason: unknown = new JobCancelledError('the call was cancelled', this.#knownId), after?: Promise<unknown>): Promise<void> {
    if (!this.#over) this.#stop(reason, after)
    await this.#stopped
  }

  /** The outcome, for a program that does nothing but wait for it. */
  awaited(): Promise<T> {
    return this.#connection.whileWaiting(this.outcome)
  }

  /** A wait of the program for something of this call. */
  whileWaiting<P>(promise: Promise<P>): Promise<P> {
    return this.#connection.whileWaiting(promise)
  }

  /** Resolves once the outcome is there and, if the call was stopped, the server knows. Never rejects. */
  async settled(): Promise<void> {
    await this.outcome.then(observed, observed)
    await this.#stopped?.then(observed, observed)
  }

  /** The same: whoever waits for the outcome reads the results as they come. */
  joined(): Promise<void> {
    return this.settled()
  }

  /** The job as it stands now; with `ended`, once it has ended. */
  async job(ended: boolean, signal?: AbortSignal): Promise<Job> {
    const path = `/v1/jobs/${await this.id}`
    for (;;) {
      const wait = ended ? { path: `${path}?wait=${limits.waitSeconds}`, waitSeconds: limits.waitSeconds } : { path }
      const job = await this.#connection.json<Job>({ ...wait, signal })
      if (!ended || isEnded(job.state)) return job
    }
  }

  async #run(signal: AbortSignal | undefined, work: (task: Task<T>) => Promise<T>): Promise<T> {
    const follow = (): void => this.#stop(signal?.reason)
    if (signal?.aborted) follow()
    signal?.addEventListener('abort', follow, { once: true })
    try {
      this.signal.throwIfAborted()
      return await Promise.race([work(this), this.#aborted()])
    } catch (error) {
      if (!this.#over) this.#stop(error)
      this.#id.reject(error)
      throw error
    } finally {
      this.#over = true
      signal?.removeEventListener('abort', follow)
    }
  }

  async #send(submission: Submission, held: boolean): Promise<Submitted> {
    try {
      return await submission.send({ signal: this.signal, held })
    } catch (error) {
      // no job came of it, so there is none to look for and to cancel
      if (!this.signal.aborted && isRefusal(error)) this.#submission = undefined
      throw error
    }
  }

  #aborted(): Promise<never> {
    return new Promise((_, reject) => this.signal.addEventListener('abort', () => reject(this.signal.reason), { once: true }))
  }

  #learn(id: string): void {
    this.#knownId = id
    this.#id.resolve(id)
  }

  #stop(reason: unknown, after?: Promise<unknown>): void {
    this.#abort.abort(reason)
    this.#stopped ??= after ? after.then(() => this.#cancelJob()) : this.#cancelJob()
    // Whoever asked for the stop hears of a failure by `cancel`; otherwise the server's own bounds end the job.
    this.#stopped.catch(observed)
  }

  async #cancelJob(): Promise<void> {
    const id = this.#knownId ?? (await this.#askId())
    if (id === undefined) return
    this.#learn(id)
    await this.#connection.send({ method: 'POST', path: `/v1/jobs/${id}/cancel` })
  }

  /**
   * A submission without an answer is sent again, under the same key: it answers which job it is, or was about to be. Undefined when there
   * is none, and none will come of it: nothing was sent, or it is refused now, by a pool that was closed say.
   */
  async #askId(): Promise<string | undefined> {
    try {
      return (await this.#submission?.send())?.id
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }
}
