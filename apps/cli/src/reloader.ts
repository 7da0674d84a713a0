/** Runs one reload at a time: changes that come meanwhile lead to one more, after it. */
export class Reloader {
  readonly #reload: (files: string[]) => Promise<void>
  readonly #failure = Promise.withResolvers<never>()
  readonly #waiting = new Set<string>()
  #running: Promise<void> | undefined

  /** Rejects when a reload did; then no other follows. */
  readonly failed: Promise<never> = this.#failure.promise

  /** @param reload gets the files that changed since the last one began */
  constructor(reload: (files: string[]) => Promise<void>) {
    this.#reload = reload
    // whoever waits for it gets the error; nobody waiting is no crash
    this.failed.catch(() => undefined)
  }

  changed(files: string[]): void {
    for (const file of files) this.#waiting.add(file)
    this.#running ??= this.#drain().catch(this.#failure.reject)
  }

  /** Resolves when no reload runs. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #drain(): Promise<void> {
    while (this.#waiting.size > 0) {
      const files = [...this.#waiting]
      this.#waiting.clear()
      await this.#reload(files)
    }
    this.#running = undefined
  }
}
