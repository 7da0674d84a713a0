/** Lets so many through at once; the others wait in line, first come, first served. */
export class Gate {
  #free: number
  readonly #line = new Set<() => void>()

  constructor(places: number) {
    this.#free = places
  }

  /** Runs `work` in one of the places. Rejects with the signal's reason when that comes before its turn. */
  async pass<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal)
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    if (this.#free > 0) {
      this.#free--
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const turnAway = (): void => {
      this.#line.delete(resolve)
      reject(signal?.reason)
    }
    this.#line.add(resolve)
    signal?.addEventListener('abort', turnAway, { once: true })
    await promise
    signal?.removeEventListener('abort', turnAway)
  }

  /** The place goes to the first in line. */
  #leave(): void {
    const [first] = this.#line
    if (!first) this.#free++
    else {
      this.#line.delete(first)
      first()
    }
  }
}
