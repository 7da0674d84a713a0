/**
 * Many who ask for the same at the same time share one look. A look that has begun may not have seen what somebody was woken by, so whoever
 * comes while one is under way shares the next one.
 */
export class SharedLooks<T> {
  readonly #look: (key: string) => Promise<T>
  readonly #running = new Map<string, Promise<T>>()
  readonly #next = new Map<string, Promise<T>>()

  /** @param look begins a fresh look */
  constructor(look: (key: string) => Promise<T>) {
    this.#look = look
  }

  /** What a look finds that begins from now on. */
  get(key: string): Promise<T> {
    const running = this.#running.get(key)
    if (!running) return this.#begin(key)
    const next = this.#next.get(key) ?? this.#after(key, running)
    this.#next.set(key, next)
    return next
  }

  #begin(key: string): Promise<T> {
    const look = this.#look(key).finally(() => this.#running.delete(key))
    this.#running.set(key, look)
    return look
  }

  async #after(key: string, running: Promise<T>): Promise<T> {
    await running.catch(() => undefined)
    this.#next.delete(key)
    return this.#begin(key)
  }
}
