import type { Job } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { ManyhandsError } from './errors.ts'
import { Fuse } from './fuse.ts'
import { type MapCall, MapRun } from './map.ts'
import { stopError } from './outcome.ts'
import type { Pieces } from './result-iterator.ts'
import { Results, type Values } from './results.ts'
import { Task } from './task.ts'

const observed = (): void => undefined

export interface ArrivalsSetup {
  connection: Connection
  /** The pool's name, once it exists. */
  pool: () => Promise<string>
  call: MapCall
  order: 'input' | 'completion'
}

/** An imap on its way. It starts by itself, sends its input, and has the next piece of results ready: one piece, no more. */
export class Arrivals implements Pieces {
  readonly #task: Task<void>
  readonly #setup: ArrivalsSetup
  readonly #map = Promise.withResolvers<MapRun>()
  readonly #finished = Promise.withResolvers<void>()
  #results: Results | undefined
  #pieces: AsyncGenerator<Values, Job> | undefined
  #ahead: Promise<IteratorResult<Values, Job>> | undefined
  /** Items whose results were passed on. */
  #passed = 0

  constructor(setup: ArrivalsSetup) {
    this.#setup = setup
    this.#map.promise.catch(observed)
    this.#task = new Task(setup.connection, setup.call.options.signal, (task) => this.#run(task))
    this.#task.outcome.catch(this.#map.reject)
  }

  get id(): Promise<string> {
    return this.#task.id
  }

  get knownId(): string | undefined {
    return this.#task.knownId
  }

  async pull(): Promise<Values | undefined> {
    const map = await this.#map.promise
    try {
      const piece = await this.#ahead
      if (!piece) return undefined
      if (!piece.done) return this.#pass(piece.value)
      this.#end(piece.value, map)
    } catch (error) {
      await this.#task.cancel(error).catch(observed)
      throw error
    }
  }

  cancel(reason: unknown, after?: Promise<unknown>): Promise<void> {
    return this.#task.cancel(reason, after)
  }

  whileWaiting<T>(promise: Promise<T>): Promise<T> {
    return this.#task.whileWaiting(promise)
  }

  settled(): Promise<void> {
    return this.#task.settled()
  }

  /** Resolves when the job has ended; results that are still to be read then wait without a connection. */
  async joined(): Promise<void> {
    const fuse = new Fuse(undefined)
    try {
      await Promise.race([this.#task.settled(), this.#endOnServer(fuse.signal)])
    } finally {
      fuse.abort(new ManyhandsError('settled', 'cancelled'))
    }
  }

  async #run(task: Task<void>): Promise<void> {
    const { connection, pool, call, order } = this.#setup
    const map = new MapRun({ connection, pool: await pool(), task, call })
    const { id } = await map.start()
    this.#results = new Results(connection, id, order, task.signal)
    this.#pieces = this.#results.values()
    this.#readAhead()
    this.#map.resolve(map)
    await Promise.all([map.upload, this.#finished.promise])
  }

  #readAhead(): void {
    this.#ahead = this.#pieces?.next()
    this.#ahead?.catch(observed)
  }

  #pass(values: Values): Values {
    this.#readAhead()
    if (this.#isBehindGap(values)) return { ...values, values: [] }
    this.#passed += values.values.length
    return values
  }

  /** The job has ended early, as its end will tell: a list in order that leaves items out would give each the place of another. */
  #isBehindGap(values: Values): boolean {
    return this.#setup.order === 'input' && values.from !== this.#passed
  }

  #end(job: Job, map: MapRun): void {
    this.#ahead = undefined
    this.#task.over()
    map.stop()
    this.#finished.resolve()
    const error = stopError(job)
    if (error) throw error
    if (map.failure) throw map.failure.error
  }

  async #endOnServer(signal: AbortSignal): Promise<void> {
    const id = await this.#task.id.catch(observed)
    if (id === undefined) return this.#task.settled()
    await this.#task.job(true, signal)
    this.#results?.detach()
  }
}
