/** Runs one reload at a time: changes that come meanwhile lead to one more, after it. */
export class Reloader {
  readonly #reload: (files: string[]) => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #waiting = new Set<string>()
  #running: Promise<void> | undefined

  /**
   * @param reload gets the files that changed since the last one began
   * @param onError called when a reload rejected; then no other follows
   */
  constructor(reload: (files: string[]) => Promise<void>, onError: (error: unknown) => void) {
    this.#reload = reload
    this.#onError = onError
  }

  changed(files: string[]): void {
    for (const file of files) this.#waiting.add(file)
    this.#running ??= this.#drain().catch(this.#onError)
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
