import { type Job, ProblemError } from '@manyhands/contracts'
import type { ResultPart } from '@manyhands/jobs'

const LF = 0x0a
const COMMA = 0x2c
const empty = Buffer.from('null,')

/** Gathers all results of an ended job into one JSON document, as raw text. */
export class WholeResult {
  readonly #job: Job
  readonly #limit: number
  /** Values, each with a comma behind it; null where an item has none. */
  readonly #values: Buffer[] = []
  readonly #errors: { index: number; text: string }[] = []
  readonly #indexes: number[] = []
  #bytes = 0

  /** @param limit largest sum of values, in bytes */
  constructor(job: Job, limit: number) {
    this.#job = job
    this.#limit = limit
  }

  /** Parts come in the order of the input, without a gap. Throws result-set-too-large. */
  add(part: ResultPart): void {
    this.#grow(part.lines.length)
    if (part.failed.length === 0 && part.runs.length === 1 && !this.#isRetry) this.#addRun(part)
    else this.#addLines(part)
  }

  /** The document that `/result` answers, and a newline. */
  text(): Buffer {
    const { kind, state } = this.#job
    if (kind === 'apply') return Buffer.from(this.#only())
    const before = state === 'succeeded' ? '{' : `{"error":${this.#error()},`
    const rows = this.#errors.map(({ index, text }) => `{"index":${index},"error":${text}}`)
    const errors = rows.length === 0 ? '' : `,"errors":[${rows.join(',')}]`
    const indexes = this.#isRetry ? `,"indexes":${JSON.stringify(this.#indexes)}` : ''
    return Buffer.concat([
      Buffer.from(`${before}"values":[`),
      Buffer.concat(this.#values).subarray(0, -1),
      Buffer.from(`]${errors}${indexes}}\n`),
    ])
  }

  /** A retry has only some of the items: they stand close together, and `indexes` says which they are. */
  get #isRetry(): boolean {
    return this.#job.retryOf !== undefined
  }

  /** Of an apply: its value or its error; with `maxFailures` a job that succeeded may have one. */
  #only(): string {
    const error = this.#job.state === 'succeeded' ? this.#errors[0]?.text : this.#error()
    return error === undefined ? `{"value":${this.#values[0]?.subarray(0, -1).toString() ?? 'null'}}\n` : `{"error":${error}}\n`
  }

  #error(): string {
    const { error, state } = this.#job
    return JSON.stringify(error ?? { name: 'Error', code: state, message: `the job ${state}` })
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes <= this.#limit) return
    throw new ProblemError(
      'result-set-too-large',
      `the results have more than ${this.#limit} bytes; GET /v1/jobs/${this.#job.id}/results streams them`,
    )
  }

  #addRun({ lines }: ResultPart): void {
    const values = Buffer.from(lines)
    for (let at = values.indexOf(LF); at >= 0; at = values.indexOf(LF, at + 1)) values[at] = COMMA
    this.#values.push(values)
  }

  #addLines({ runs, failed, lines }: ResultPart): void {
    const failures = new Set(failed)
    let line = 0
    let at = 0
    for (const [from, to] of runs) {
      for (let item = from; item < to; item++) {
        const end = lines.indexOf(LF, at)
        this.#addLine(item, lines.subarray(at, end), failures.has(line++))
        at = end + 1
      }
    }
  }

  #addLine(item: number, text: Buffer, isError: boolean): void {
    this.#indexes.push(item)
    if (!isError) this.#values.push(Buffer.from(`${text},`))
    else {
      this.#values.push(empty)
      this.#errors.push({ index: item, text: text.toString() })
    }
  }
}
