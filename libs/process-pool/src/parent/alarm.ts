/** What a timer can count, in milliseconds. */
const longest = 2 ** 31 - 1

/** Rings once, never too early, after any number of milliseconds. */
export class Alarm {
  readonly #ring: () => void
  #timer: NodeJS.Timeout | undefined
  #due = 0

  constructor(ring: () => void) {
    this.#ring = ring
  }

  /** Starts to count anew; undefined = never. */
  set(ms: number | undefined): void {
    this.clear()
    if (ms === undefined) return
    this.#due = performance.now() + ms
    this.#wait(ms)
  }

  clear(): void {
    clearTimeout(this.#timer)
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.ceil(ms), longest))
  }

  #look(): void {
    const left = this.#due - performance.now()
    if (left > 0) this.#wait(left)
    else this.#ring()
  }
}
