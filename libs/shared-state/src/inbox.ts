/** What has come and was not read yet. When it is too much, all of it is forgotten, and `lost` says so. */
export class Inbox<T> {
  readonly #most: number
  #messages: (T | 'lost')[] = []
  #wake: () => void = () => undefined

  constructor(most: number) {
    this.#most = most
  }

  push(message: T | 'lost'): void {
    if (this.#messages.length >= this.#most) this.#messages = ['lost']
    else this.#messages.push(message)
    this.#wake()
  }

  /** The first of them; undefined when none comes in time. Rejects with the signal's reason. */
  async next(ms: number, signal: AbortSignal | undefined): Promise<T | 'lost' | undefined> {
    signal?.throwIfAborted()
    if (this.#messages.length === 0) await this.#wait(ms, signal)
    signal?.throwIfAborted()
    return this.#messages.shift()
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    const onAbort = () => resolve()
    this.#wake = resolve
    signal?.addEventListener('abort', onAbort)
    await promise
    signal?.removeEventListener('abort', onAbort)
    clearTimeout(timer)
  }
}
