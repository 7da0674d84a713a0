/** A signal of its own that follows another one and can also run out of time. `release` undoes all of it. */
export class Fuse {
  readonly #own = new AbortController()
  readonly #parent: AbortSignal | undefined
  readonly #follow = (): void => this.#own.abort(this.#parent?.reason)
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parent: AbortSignal | undefined) {
    this.#parent = parent
    if (parent?.aborted) this.#follow()
    else parent?.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#own.signal
  }

  /** Aborts with `reason()` unless this is called again, or `rest`, within `ms`. */
  light(ms: number, reason: () => unknown): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#own.abort(reason()), ms)
  }

  /** Stops the clock. */
  rest(): void {
    clearTimeout(this.#timer)
  }

  abort(reason: unknown): void {
    this.#own.abort(reason)
  }

  release(): void {
    clearTimeout(this.#timer)
    this.#parent?.removeEventListener('abort', this.#follow)
  }
}

/** Resolves after `ms`; rejects with the signal's reason when that comes first. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
