import type { Job } from '@manyhands/contracts'
import type { Transport } from '@manyhands/objects'
import { readValue } from './encoding.ts'
import { itemError, JobError, jobError, ManyhandsError, type RemoteError, type RemoteErrorRecord } from './errors.ts'
import type { Values } from './results.ts'

/** The results of a map as they come, in any order. */
export class Collected {
  readonly #id: string
  readonly #runs: Values[] = []
  #failure: { record: RemoteErrorRecord; index: number } | undefined
  #job: Job | undefined

  constructor(id: string) {
    this.#id = id
  }

  add(values: Values): void {
    this.#runs.push(values)
    for (const position of values.failed) this.#fail(values.values[position] as RemoteErrorRecord, values.from + position)
  }

  end(job: Job): this {
    this.#job = job
    return this
  }

  /** The values in the order of their items. Throws the job's error, or the failure with the lowest index. */
  list(): unknown[] {
    const failure = this.#failure && itemError(this.#failure.record, this.#failure.index, this.#id)
    const error = this.#job && endError(this.#job, failure)
    if (error) throw error
    return this.#joined()
  }

  #fail(record: RemoteErrorRecord, index: number): void {
    if (!this.#failure || index < this.#failure.index) this.#failure = { record, index }
  }

  #joined(): unknown[] {
    const runs = this.#runs.sort((a, b) => a.from - b.from)
    const count = runs.reduce((sum, { values }) => sum + values.length, 0)
    // Room made beforehand is a third of the time of growing; beyond that length V8 would make a hash table of it.
    const list: unknown[] = count < 2 ** 25 ? new Array(count) : []
    let at = 0
    for (const { from, values } of runs) {
      if (from !== at) throw new ManyhandsError(`the results of item ${at} did not come`, 'bad-answer', { jobId: this.#id })
      for (let i = 0; i < values.length; i++) list[at++] = values[i]
    }
    return list
  }
}

/** Why an ended job has no results to give, if so. */
function endError(job: Job, failure: RemoteError | undefined): ManyhandsError | undefined {
  const whole = stopError(job, failure)
  if (whole || failure) return whole ?? failure
  return job.state === 'succeeded'
    ? undefined
    : new JobError(job.error?.message ?? `the job ${job.state}`, job.error?.code ?? job.state, { jobId: job.id })
}

/** Why a job ended before all its items had run, if so. An initializer that threw is such a reason, and the error of no item. */
export function stopError(job: Job, failure?: RemoteError): ManyhandsError | undefined {
  if (job.state === 'succeeded' || !job.error) return undefined
  return job.error.code === 'initializer-failed' ? initializerError(job.error, job.id) : jobError(job.error, job.id, failure)
}

/** Its own fields still have their tags: a job's record is plain JSON. */
function initializerError(error: object, id: string): RemoteError {
  return itemError(readValue(JSON.stringify(error)) as RemoteErrorRecord, 0, id)
}

interface ItemFailure {
  index: number
  error: RemoteErrorRecord
}

interface ResultBody {
  value?: unknown
  values?: unknown[]
  error?: RemoteErrorRecord
  errors?: ItemFailure[]
}

/** The body of /result. */
export class WholeResult {
  readonly #body: ResultBody

  constructor(body: ResultBody) {
    this.#body = body
  }

  /** The value of an apply. Throws what the function threw, or the job's error. */
  value(id: string): unknown {
    const { error, errors } = this.#body
    const own = errors?.[0]?.error
    if (error) throw jobError(error, id) ?? itemError(own ?? error, 0, id)
    return this.#body.value
  }

  /** The values of a map. Throws the job's error, or the failure with the lowest index. */
  list(id: string): unknown[] {
    const { error, values = [] } = this.#body
    const first = firstOf(this.#body.errors ?? [])
    const failure = first && itemError(first.error, first.index, id)
    if (error) throw jobError(error, id, failure) ?? failure ?? itemError(error, 0, id)
    if (failure) throw failure
    return values
  }
}

/** The failure with the lowest index. Items that never ran have none of their own: why the job ended says it. */
function firstOf(errors: ItemFailure[]): ItemFailure | undefined {
  const ran = errors.filter(({ error }) => error.code !== 'not-run')
  return ran.reduce<ItemFailure | undefined>((low, each) => (low && low.index <= each.index ? low : each), undefined)
}

export function readResult(text: string, sharing?: Transport): WholeResult {
  return new WholeResult(readValue(text, sharing) as ResultBody)
}
