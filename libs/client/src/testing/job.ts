import { type ItemError, isEnded, type Job as JobRecord, type JobState } from '@manyhands/contracts'
import type { CallShape } from '@manyhands/contracts/call'
import { Faults } from './faults.ts'
import type { Outcome } from './item.ts'
import { News } from './news.ts'
import { Outcomes } from './outcomes.ts'
import type { Fields } from './request.ts'
import type { RetryPolicy } from './retry.ts'

/** Consecutive items that are run one after another. */
export interface Chunk {
  from: number
  to: number
}

/** Bytes of input and results that nobody has taken, beyond which an open map takes no more for now. */
const window = 1 << 20

/** A job of this server: its input, and what became of it. States as everywhere: loading -> waiting -> running -> ended, once. */
export class Job {
  readonly id: string
  readonly kind: JobRecord['kind']
  readonly fields: Fields
  readonly pool: string
  readonly news = new News()
  readonly outcomes: Outcomes
  readonly shape: CallShape
  readonly retry: RetryPolicy
  readonly #cancel = new AbortController()
  /** Who waits for an item of it. */
  readonly #leaves = new Set<() => void>()
  readonly #faults = new Faults()
  readonly #lines = new Map<number, string>()
  readonly #chunkSize: number
  readonly #createdAt = new Date().toISOString()
  #total = 0
  #next = 0
  #input: 'open' | 'ended'
  #waiting = 0
  #runs = 0
  #failed = 0
  #startedAt: string | null = null
  #finishedAt: string | null = null
  #state: JobState
  #error: ItemError | null = null

  constructor(id: string, kind: JobRecord['kind'], pool: { name: string; processes: number }, fields: Fields, retry: RetryPolicy) {
    this.id = id
    this.kind = kind
    this.fields = fields
    this.pool = pool.name
    this.retry = retry
    this.outcomes = new Outcomes(fields.results === 'once')
    this.#input = fields.open ? 'open' : 'ended'
    this.#state = fields.open ? 'loading' : 'waiting'
    this.shape = { function: fields.function, mode: kind === 'map' ? 'map' : 'star', constants: fields.constants, wire: 'tagged' }
    const length = fields.open ? fields.length : fields.lines.length
    // Python's rule for a known length
    this.#chunkSize = fields.chunkSize ?? (length === undefined ? 1 : Math.ceil(length / (4 * pool.processes)))
    this.append(fields.lines)
    this.#endIfOver()
  }

  /** Aborts when nothing of the job is wanted any more. */
  get signal(): AbortSignal {
    return this.#cancel.signal
  }

  get isEnded(): boolean {
    return isEnded(this.#state)
  }

  get isOpen(): boolean {
    return this.#input === 'open' && !this.isEnded
  }

  get total(): number {
    return this.#total
  }

  get hasRoom(): boolean {
    return this.isEnded || this.#waiting + (this.fields.results === 'once' ? this.outcomes.bytes : 0) < window
  }

  append(lines: readonly string[]): void {
    for (const line of lines) this.#lines.set(this.#total++, line)
    this.#waiting += lines.reduce((sum, line) => sum + line.length, 0)
  }

  close(): void {
    this.#input = 'ended'
    if (this.#state === 'loading') this.#state = this.#startedAt === null ? 'waiting' : 'running'
    this.#endIfOver()
  }

  line(index: number): string {
    return this.#lines.get(index) ?? ''
  }

  nextChunk(): Chunk | undefined {
    if (this.isEnded || this.#next >= this.#total) return undefined
    const chunk = { from: this.#next, to: Math.min(this.#total, this.#next + this.#chunkSize) }
    this.#next = chunk.to
    this.#startedAt ??= new Date().toISOString()
    if (this.#state === 'waiting') this.#state = 'running'
    return chunk
  }

  /** One chunk goes out, or goes out again. */
  noteRun(): void {
    this.#runs++
  }

  settle(index: number, outcome: Outcome): void {
    if (this.isEnded) return
    this.#waiting -= this.line(index).length
    this.#lines.delete(index)
    this.outcomes.add(index, outcome)
    if (outcome.failed) this.#fail(index, outcome)
    this.#endIfOver()
    this.news.tell()
  }

  /** What comes of the work; or undefined as soon as the job ends. */
  whileAlive<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.isEnded) return Promise.resolve(undefined)
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>()
    const leave = () => resolve(undefined)
    this.#leaves.add(leave)
    work.then(resolve, reject)
    return promise.finally(() => this.#leaves.delete(leave))
  }

  /** Ends the job, if it has not ended. */
  end(state: JobState, error: ItemError | null = null): void {
    if (this.isEnded) return
    this.#state = state
    this.#error = error
    this.#finishedAt = new Date().toISOString()
    this.#cancel.abort()
    for (const leave of this.#leaves) leave()
    this.news.tell()
  }

  record(): JobRecord {
    return {
      id: this.id,
      kind: this.kind,
      function: this.fields.function,
      pool: this.pool,
      state: this.#state,
      waitingFor: null,
      items: { total: this.#input === 'ended' ? this.#total : null, done: this.outcomes.count, failed: this.#failed },
      errors: this.#faults.list(),
      usage: { ...noUsage, attempts: this.#runs },
      builds: this.outcomes.count > 0 ? ['inline'] : [],
      results: this.fields.results,
      labels: this.fields.labels,
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      stoppedAt: this.#finishedAt,
      error: this.#error ?? (this.#state === 'failed' ? this.#faults.first : null),
    }
  }

  #fail(index: number, { line }: Outcome): void {
    this.#failed++
    this.#faults.add(index, JSON.parse(line) as ItemError)
  }

  #endIfOver(): void {
    const { maxFailures } = this.fields
    if (this.#hasTooManyFailures) {
      const message = `${this.#failed} items failed; maxFailures is ${maxFailures}`
      this.end('failed', { name: 'TooManyFailures', code: 'too-many-failures', message })
    } else if (this.#input === 'ended' && this.outcomes.count >= this.#total)
      this.end(this.#failed > 0 && maxFailures === undefined ? 'failed' : 'succeeded')
  }

  /** A count, or a percentage that is judged when the input has ended. */
  get #hasTooManyFailures(): boolean {
    const { maxFailures } = this.fields
    if (maxFailures === undefined) return false
    if (typeof maxFailures === 'number') return this.#failed > maxFailures
    return this.#input === 'ended' && this.#failed * 100 > Number.parseInt(maxFailures, 10) * this.#total
  }
}

/** Nothing is measured: a test's clock may stand still. */
const noUsage = { itemMs: 0, cpuMs: 0, waitMs: 0, wallMs: 0, slots: 1, efficiency: null, bytesIn: 0, bytesOut: 0 }
