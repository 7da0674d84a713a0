import { type ItemError, type PoolRecord, ProblemError } from '@manyhands/contracts'
import { failureLine } from '@manyhands/contracts/call'
import { decodeItem } from '@manyhands/contracts/wire'
import { type Outcome, placeOf, runItem, type Workshop } from './item.ts'
import type { Chunk, Job } from './job.ts'
import { runsAgain } from './retry.ts'

/** What a pool is made with. */
export interface PoolFields {
  processes?: number | null
  initializer?: string
  initArgs?: unknown[]
  maxTasksPerChild?: number
  priority?: number
  rateLimit?: { max: number; perMs: number }
}

/** A pool of this server: its jobs take turns, and so many chunks are under way at once. All of it is this one process. */
export class Pool {
  readonly name: string
  readonly #workshop: Workshop
  readonly #usual: number
  readonly #jobs = new Set<Job>()
  readonly #createdAt = new Date().toISOString()
  #fields: PoolFields
  #state: PoolRecord['state'] = 'open'
  #paused = false
  #running = 0
  /** Chunks since the initializer ran. */
  #chunks = 0
  #prepared: Promise<ItemError | undefined> | undefined

  constructor(name: string, fields: PoolFields, workshop: Workshop, usual: number) {
    this.name = name
    this.#fields = fields
    this.#workshop = workshop
    this.#usual = usual
  }

  get processes(): number {
    return this.#fields.processes ?? this.#usual
  }

  get jobs(): number {
    return [...this.#jobs].filter((job) => !job.isEnded).length
  }

  change(fields: PoolFields): void {
    this.#fields = { ...this.#fields, ...fields }
    this.pump()
  }

  admit(): void {
    if (this.#state !== 'open') throw new ProblemError('pool-closed', `the pool ${this.name} is ${this.#state} and takes no more jobs`)
  }

  add(job: Job): void {
    this.#jobs.add(job)
    this.pump()
  }

  close(): void {
    if (this.#state === 'open') this.#state = 'closed'
  }

  terminate(): void {
    this.#state = 'terminated'
    for (const job of this.#jobs)
      job.end('cancelled', { name: 'ManyhandsError', code: 'cancelled', message: `the pool ${this.name} was terminated` })
  }

  pause(paused: boolean): void {
    this.#paused = paused
    this.pump()
  }

  /** Starts what may run. */
  pump(): void {
    while (!this.#paused && this.#running < this.processes) {
      const next = this.#next()
      if (!next) return
      this.#running++
      void this.#run(...next).finally(() => {
        this.#running--
        this.pump()
      })
    }
  }

  record(): PoolRecord {
    const { processes = null, initializer = null, maxTasksPerChild = null, priority = 0, rateLimit = null } = this.#fields
    const settings = { processes, initializer, maxTasksPerChild, priority, rateLimit }
    const now = { state: this.#state, paused: this.#paused, running: this.#running, jobs: this.jobs }
    return { name: this.name, ...settings, ...now, createdAt: this.#createdAt }
  }

  /** The next chunk of the first job that has one; that job goes to the end of the line. */
  #next(): [Job, Chunk] | undefined {
    for (const job of this.#jobs) {
      const chunk = job.nextChunk()
      if (job.isEnded || chunk) this.#jobs.delete(job)
      if (chunk) this.#jobs.add(job)
      if (chunk) return [job, chunk]
    }
    return undefined
  }

  async #run(job: Job, chunk: Chunk): Promise<void> {
    const error = await this.#prepare()
    if (error) return this.#fail(error)
    let todo = Array.from({ length: chunk.to - chunk.from }, (_, i) => chunk.from + i)
    for (let attempt = 1; todo.length > 0; attempt++) {
      job.noteRun()
      todo = await this.#round(job, todo, attempt)
    }
  }

  /** Runs items one after another; gives those that are to run again. The backoff between two rounds takes no time here. */
  async #round(job: Job, indexes: number[], attempt: number): Promise<number[]> {
    const again: number[] = []
    for (const index of indexes) {
      const outcome = await this.#item(job, index, attempt)
      if (!outcome || job.isEnded) return []
      if (outcome.failed && runsAgain(JSON.parse(outcome.line) as ItemError, attempt, job.retry)) again.push(index)
      else job.settle(index, outcome)
    }
    return again
  }

  /** Undefined when the job ended meanwhile: what the function does then is of no interest. */
  async #item(job: Job, index: number, attempt: number): Promise<Outcome | undefined> {
    const { id, shape, signal } = job
    const whileWaiting = <T>(promise: Promise<T>) => this.#lend(promise)
    // ended while it waited for its initializer: nothing of it begins any more
    if (job.isEnded) return undefined
    return job.whileAlive(runItem(this.#workshop, { shape, job: id, line: job.line(index), index, attempt, signal, whileWaiting }))
  }

  /** While a function waits for nested work, others run in its place. */
  async #lend<T>(promise: Promise<T>): Promise<T> {
    this.#running--
    this.pump()
    try {
      return await promise
    } finally {
      this.#running++
    }
  }

  /** The initializer, once; and again when a process would have been replaced. Gives its error. */
  #prepare(): Promise<ItemError | undefined> {
    const { maxTasksPerChild } = this.#fields
    if (maxTasksPerChild !== undefined && this.#chunks >= maxTasksPerChild) this.#prepared = undefined
    if (!this.#prepared) this.#chunks = 0
    this.#chunks++
    this.#prepared ??= this.#initialize()
    return this.#prepared
  }

  async #initialize(): Promise<ItemError | undefined> {
    const { initializer, initArgs = [] } = this.#fields
    if (initializer === undefined) return undefined
    try {
      const definition = this.#workshop.functions.get(initializer)
      if (!definition) throw new Error(`This worker has no function ${initializer}`)
      await (definition.call as (...args: unknown[]) => unknown)(...(decodeItem(JSON.stringify(initArgs), 'tagged') as unknown[]))
      return undefined
    } catch (error) {
      return JSON.parse(failureLine(error, 'initializer-failed', placeOf(1), 'tagged')) as ItemError
    }
  }

  #fail(error: ItemError): void {
    this.#prepared = undefined
    for (const job of this.#jobs) job.end('failed', error)
  }
}
