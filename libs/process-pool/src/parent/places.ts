interface Waiter {
  resolve: () => void
  reject: (reason: unknown) => void
}

/** So many tasks run at once. Who comes back to a place that he has left comes before all others. */
export class Places {
  #free: number
  readonly #returning = new Set<Waiter>()
  readonly #waiting = new Set<Waiter>()
  #vacancy: PromiseWithResolvers<void> | undefined

  constructor(count: number) {
    this.#free = count
  }

  get free(): number {
    return this.#free
  }

  /** Undefined: there is a free one. Else resolves when there is, and at the end. */
  vacancy(): Promise<void> | undefined {
    if (this.#free > 0) return undefined
    this.#vacancy ??= Promise.withResolvers<void>()
    return this.#vacancy.promise
  }

  /** Rejects with the signal's reason, and with that of `close`. */
  take(signal: AbortSignal | undefined, isReturning = false): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free === 0) return this.#wait(signal, isReturning ? this.#returning : this.#waiting)
    this.#free--
    return Promise.resolve()
  }

  give(): void {
    const line = this.#returning.size > 0 ? this.#returning : this.#waiting
    const [next] = line
    if (next) {
      line.delete(next)
      next.resolve()
    } else {
      this.#free++
      this.#tellVacancy()
    }
  }

  /** Nobody waits any more. */
  close(reason: unknown): void {
    const all = [...this.#returning, ...this.#waiting]
    this.#returning.clear()
    this.#waiting.clear()
    for (const { reject } of all) reject(reason)
    this.#tellVacancy()
  }

  #tellVacancy(): void {
    this.#vacancy?.resolve()
    this.#vacancy = undefined
  }

  #wait(signal: AbortSignal | undefined, line: Set<Waiter>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { resolve, reject }
    const giveUp = () => {
      line.delete(waiter)
      reject(signal?.reason)
    }
    line.add(waiter)
    signal?.addEventListener('abort', giveUp, { once: true })
    return promise.finally(() => signal?.removeEventListener('abort', giveUp))
  }
}
