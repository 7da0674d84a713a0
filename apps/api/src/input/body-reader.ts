import type { Readable } from 'node:stream'
import { ProblemError } from '@manyhands/contracts'
import { BodyClock, type BodyTimes } from './body-clock.ts'

type News = 'readable' | 'end' | 'quiet'

/** Reads a streamed body piece by piece, at the pace of whoever asks. */
export class BodyReader {
  readonly #body: Readable
  readonly #signal: AbortSignal | undefined
  readonly #clock: BodyClock
  /** Bytes read so far. */
  bytes = 0
  #failure: ProblemError | undefined
  #ended = false
  #tell: (() => void) | undefined

  /** @param signal ends the reading: the client has gone, or the server stops */
  constructor(body: Readable, times: BodyTimes, signal?: AbortSignal) {
    this.#body = body
    this.#signal = signal
    this.#clock = new BodyClock(times, (problem) => this.#fail(problem))
    signal?.addEventListener('abort', this.#onStop, { once: true })
    body.on('readable', this.#onNews).on('end', this.#onEnd).on('error', this.#onCut).on('close', this.#onCut)
  }

  /**
   * The next piece; `end` when there is none; `quiet` when none came for `quietMs`, if that is given.
   * Throws request-timeout, and bad-request when the connection was cut.
   */
  async next(quietMs?: number): Promise<Buffer | 'quiet' | 'end'> {
    while (true) {
      const piece = this.#take()
      if (piece) {
        this.bytes += piece.length
        return piece
      }
      if (this.#failure) throw this.#failure
      if (this.#ended) return 'end'
      if ((await this.#news(quietMs)) === 'quiet') return 'quiet'
    }
  }

  /** Nobody reads any more: what still comes is dropped. */
  release(): void {
    this.#clock.rest()
    this.#signal?.removeEventListener('abort', this.#onStop)
    this.#body.off('readable', this.#onNews).off('end', this.#onEnd).off('close', this.#onCut)
    this.#body.resume()
  }

  #take(): Buffer | undefined {
    return this.#failure || this.#ended ? undefined : ((this.#body.read() as Buffer | null) ?? undefined)
  }

  async #news(quietMs: number | undefined): Promise<News> {
    this.#clock.want()
    const { promise, resolve } = Promise.withResolvers<News>()
    this.#tell = () => resolve('readable')
    const timer = quietMs === undefined ? undefined : setTimeout(() => resolve('quiet'), quietMs)
    const news = await promise
    clearTimeout(timer)
    this.#tell = undefined
    this.#clock.rest()
    return news
  }

  readonly #onNews = (): void => this.#tell?.()

  readonly #onEnd = (): void => {
    this.#ended = true
    this.#tell?.()
  }

  readonly #onCut = (): void => {
    if (!this.#ended) this.#fail(new ProblemError('bad-request', 'the connection was cut before the body had ended'))
  }

  readonly #onStop = (): void => this.#fail(new ProblemError('input-aborted', 'the connection was cut, or the server stops'))

  #fail(problem: ProblemError): void {
    this.#failure ??= problem
    this.#tell?.()
  }
}
