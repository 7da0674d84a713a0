import type { ServerResponse } from 'node:http'
import { ProblemError } from '@manyhands/contracts'

/** Requests whose answer is held back: waits and streams. They are counted, bounded, and end when their client or the server goes. */
export class Held {
  readonly #most: number
  readonly #open = new Set<AbortController>()

  constructor(most: number) {
    this.#most = most
  }

  get count(): number {
    return this.#open.size
  }

  /**
   * Runs `work` with a signal that fires when the client has gone or the server stops. Throws quota-exceeded.
   * (`request.signal` is of no use: in Fastify 5.12.8 that of a POST fires at once.)
   */
  async run<T>(response: ServerResponse, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#open.size >= this.#most)
      throw new ProblemError('quota-exceeded', `${this.#most} requests are held already`, { retryAfter: 1 })
    const controller = new AbortController()
    const onClose = () => controller.abort()
    this.#open.add(controller)
    response.on('close', onClose)
    try {
      return await work(controller.signal)
    } finally {
      response.off('close', onClose)
      this.#open.delete(controller)
    }
  }

  /** Ends all waits: each is answered with what there is. */
  release(): void {
    for (const controller of this.#open) controller.abort()
  }
}
