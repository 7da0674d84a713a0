import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { noteAnswerBegun, noteAnswerEnded } from '../plugins/client-errors.ts'

/** An answer that is written piece by piece, at the pace of its reader. */
export class AnswerStream {
  readonly #raw: ServerResponse
  readonly #socket: ServerResponse['socket']
  readonly #stallMs: number

  /** Takes the reply over from Fastify and sends the head. @param stallMs longest wait for a reader that takes nothing */
  constructor(reply: FastifyReply, status: number, headers: Record<string, string>, stallMs: number) {
    reply.hijack()
    this.#raw = reply.raw
    this.#socket = reply.raw.socket
    this.#stallMs = stallMs
    noteAnswerBegun(this.#socket)
    // a reader that has gone shows as 'close', which the taker of this stream watches
    this.#raw.on('error', () => undefined)
    this.#raw.writeHead(status, headers)
    this.#raw.flushHeaders()
  }

  /** Resolves when there is room for more. Throws when the reader has gone, stalls, or `signal` fires. */
  async write(piece: Buffer | string, signal: AbortSignal): Promise<void> {
    if (this.#raw.destroyed) throw new Error('the reader has gone')
    if (this.#raw.write(piece)) return
    await this.#drained(signal)
  }

  /** Resolves when the system has taken the piece: a reader that takes nothing costs one piece, not a full buffer. Throws as `write` does. */
  async writeOut(piece: Buffer | string, signal: AbortSignal): Promise<void> {
    if (this.#raw.destroyed) throw new Error('the reader has gone')
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#raw.write(piece, () => resolve())
    await this.#within(promise, signal)
  }

  /** Pieces that belong together: one packet, if they are small. */
  async writeBoth(first: string, second: Buffer, signal: AbortSignal): Promise<void> {
    this.#raw.cork()
    this.#raw.write(first)
    const written = this.write(second, signal)
    this.#raw.uncork()
    await written
  }

  /** The regular end. */
  end(piece?: Buffer | string): void {
    noteAnswerEnded(this.#socket)
    this.#raw.end(piece)
  }

  /** The reader must not take this for a regular end. */
  cut(): void {
    noteAnswerEnded(this.#socket)
    this.#raw.destroy()
  }

  #drained(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#raw.once('drain', resolve)
    return this.#within(promise, signal).finally(() => this.#raw.off('drain', resolve))
  }

  #within(taken: Promise<void>, signal: AbortSignal): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>()
    const onGone = () => reject(new Error('the reader has gone'))
    const timer = setTimeout(() => reject(new Error('the reader takes nothing')), this.#stallMs)
    signal.addEventListener('abort', onGone, { once: true })
    return Promise.race([taken, promise]).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onGone)
    })
  }
}
