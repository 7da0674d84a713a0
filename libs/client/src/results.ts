import type { Job } from '@manyhands/contracts'
import { media } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { ConnectionError } from './errors.ts'
import { FrameReader, type Part } from './frames.ts'
import { Fuse } from './fuse.ts'
import { readLines } from './line-reader.ts'
import { Patience } from './patience.ts'

/** The server says something every 10 s, keep-alives included: three silences are a cut. */
const SILENCE_MS = 30_000

/** Values of items `from`, `from + 1` ...; `failed` says which positions hold the record of an error. */
export interface Values {
  from: number
  values: unknown[]
  failed: ReadonlySet<number>
}

/** Reads a job's results as they come, and goes on where a cut connection ended. */
export class Results {
  readonly #connection: Connection
  readonly #path: string
  readonly #signal: AbortSignal
  #after = 0
  #fuse: Fuse | undefined
  #detached: ConnectionError | undefined

  constructor(connection: Connection, id: string, order: 'input' | 'completion', signal: AbortSignal) {
    this.#connection = connection
    this.#path = `/v1/jobs/${id}/results?order=${order}`
    this.#signal = signal
  }

  /** Values in runs of neighbours, in the order asked for; returns the ended job. Nothing is read ahead of the taker but one part. */
  async *values(): AsyncGenerator<Values, Job> {
    const patience = new Patience(this.#connection.retries)
    for (;;) {
      try {
        return yield* this.#read(patience)
      } catch (error) {
        // let go by ourselves: nothing is wrong
        if (error !== this.#detached) await patience.wait(error, this.#signal)
      }
    }
  }

  /** Lets the connection go; the next value asked for opens another. */
  detach(): void {
    this.#detached = new ConnectionError('nobody reads now')
    this.#fuse?.abort(this.#detached)
  }

  async *#read(patience: Patience): AsyncGenerator<Values, Job> {
    const fuse = new Fuse(this.#signal)
    this.#fuse = fuse
    const frames = new FrameReader()
    try {
      const headers = { accept: media.parts }
      const response = await this.#connection.stream({ path: `${this.#path}&after=${this.#after}`, headers, signal: this.#signal }, fuse)
      const tagged = (response.headers.get('content-type') ?? '').includes('wire=tagged')
      for await (const piece of this.#pieces(response, fuse)) {
        const parts = frames.push(piece)
        if (frames.complete > 0) patience.reset()
        for (const part of parts) {
          const values = readLines(part.lines, tagged, this.#connection.sharing)
          this.#after += values.length
          yield* runsOf(part, values)
        }
      }
      return endOf(frames)
    } catch (error) {
      // After its last line a stream may break: nothing is missing.
      if (frames.end) return frames.end
      throw error
    } finally {
      fuse.abort(new ConnectionError('reading has ended'))
      fuse.release()
    }
  }

  /** The body, with a bound on every wait for it, but none on how long the taker thinks. */
  async *#pieces(response: Response, fuse: Fuse): AsyncGenerator<Uint8Array> {
    if (!response.body) return
    const reader = response.body.getReader()
    for (;;) {
      this.#connection.light(fuse, SILENCE_MS, 'the results fell silent')
      const { done, value } = await this.#piece(reader)
      fuse.rest()
      if (done) return
      yield value
    }
  }

  async #piece(reader: ReadableStreamDefaultReader<Uint8Array>) {
    try {
      return await reader.read()
    } catch (error) {
      throw this.#connection.failure(error, this.#signal)
    }
  }
}

function endOf(frames: FrameReader): Job {
  if (frames.end) return frames.end
  throw new ConnectionError('the results were cut')
}

/** A part's values, one run of indexes at a time. */
function* runsOf(part: Part, values: unknown[]): Generator<Values> {
  const failed = setOf(part.failed)
  if (part.runs.length === 1) return yield { from: part.runs[0]?.[0] ?? 0, values, failed }
  let at = 0
  let fail = 0
  for (const [from, to] of part.runs) {
    const base = at
    at += to - from
    // one pass over both lists: a part may have as many runs as failures
    const first = fail
    while (fail < part.failed.length && (part.failed[fail] as number) < at) fail++
    const here = part.failed.slice(first, fail).map((position) => position - base)
    yield { from, values: values.slice(base, at), failed: setOf(here) }
  }
}

/** Most parts have no failures: those share one set. */
function setOf(failed: number[]): ReadonlySet<number> {
  return failed.length === 0 ? noFailures : new Set(failed)
}
const noFailures: ReadonlySet<number> = new Set()
