import { media } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { RequestError } from './errors.ts'
import type { Batch, Feed } from './feed.ts'
import { pause } from './fuse.ts'
import { type Lines, linesAfter } from './line-writer.ts'
import { growing } from './patience.ts'

/** The first batch is small, so that work starts soon; each next one is twice as large, up to the largest. */
export const FIRST_BATCH = 256 << 10
const LARGEST_BATCH = 2 << 20
/** The server gives an open map up after 60 s without an append; an empty one from a silent source keeps it. */
export const SILENCE_MS = 20_000
/** An append may be slow by its size, and the server may hold it back while its window is full: its answer has so many seconds more. */
const APPEND_SECONDS = 90
/** How long a full window is left alone: the first wait, and the longest. */
const FULL_FIRST_MS = 10
const FULL_LONGEST_MS = 1_000

/** Sends the input of an open map. While one batch is on its way the next is encoded: no more is read ahead. */
export class Upload {
  readonly #connection: Connection
  readonly #path: string
  readonly #feed: Feed
  readonly #signal: AbortSignal
  #total = 0
  #refused = false

  constructor(connection: Connection, id: string, feed: Feed, signal: AbortSignal) {
    this.#connection = connection
    this.#path = `/v1/jobs/${id}`
    this.#feed = feed
    this.#signal = signal
  }

  /** Resolves when the server has all of the input, or wants no more of it as the job has ended. */
  async run(first: Batch): Promise<void> {
    let size = FIRST_BATCH
    for (let batch = first; !this.#refused; ) {
      const sending = this.#append(batch)
      if (batch.ended) return await sending
      size = Math.min(size * 2, LARGEST_BATCH)
      batch = await this.#next(sending, size)
    }
  }

  async #next(sending: Promise<void>, size: number): Promise<Batch> {
    if (this.#feed.gathers) await sending
    const [batch] = await Promise.all([this.#feed.take(size, SILENCE_MS), sending])
    return batch
  }

  async #append(batch: Batch): Promise<void> {
    if (batch.ended && batch.count === 0) return
    let rest: Lines = batch
    for (let refusals = 0; ; ) {
      const before = rest.count
      rest = await this.#offer(rest)
      if (rest.count === 0 || this.#refused) return
      refusals = rest.count < before ? 0 : refusals + 1
      await pause(growing(refusals, FULL_FIRST_MS, FULL_LONGEST_MS), this.#signal)
    }
  }

  /** Offers lines; returns those that found no room. */
  async #offer(lines: Lines): Promise<Lines> {
    const offset = this.#total
    this.#total = await this.#post(lines, offset)
    const taken = this.#total - offset
    return taken >= lines.count ? { ...lines, count: 0 } : linesAfter(lines, taken)
  }

  /** Returns how many items the server has: also when it says that the offset does not fit, as then only an answer was lost. */
  async #post(lines: Lines, offset: number): Promise<number> {
    const headers = { 'content-type': media.taggedLines }
    const path = `${this.#path}/items?offset=${offset}`
    const call = { method: 'POST' as const, path, body: lines.bytes, headers, signal: this.#signal, waitSeconds: APPEND_SECONDS }
    try {
      const { total } = await this.#connection.json<{ total: number }>(call)
      return total
    } catch (error) {
      return this.#totalFrom(error, offset, lines.count)
    }
  }

  #totalFrom(error: unknown, offset: number, count: number): number {
    if (!(error instanceof RequestError)) throw error
    const { total } = error.problem
    if (error.code === 'offset-mismatch' && typeof total === 'number' && total >= offset && total <= offset + count) return total
    if (error.code !== 'not-open') throw error
    this.#refused = true
    return offset
  }

  /** The input has ended. */
  async close(): Promise<void> {
    if (!this.#refused) await this.#connection.send({ method: 'POST', path: `${this.#path}/close`, signal: this.#signal })
  }
}
