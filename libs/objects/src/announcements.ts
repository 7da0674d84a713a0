/**
 * Objects that were put into something that is about to be sent, and are being made: it must not arrive before them. Those inside a call on
 * an object hold up that call alone; others hold up whatever the program sends next.
 */
export class Announcements {
  readonly #pending = new Set<Promise<unknown>>()
  #mine: Promise<unknown>[] | undefined

  add(made: Promise<unknown>): void {
    const done = made.then(
      () => undefined,
      // whoever uses the object hears of it
      () => undefined,
    )
    if (this.#mine) this.#mine.push(done)
    else {
      this.#pending.add(done)
      void done.then(() => this.#pending.delete(done))
    }
  }

  /** What `write` gives, and those that were announced by it. */
  during<T>(write: () => T): [T, Promise<unknown>[]] {
    const before = this.#mine
    const mine: Promise<unknown>[] = []
    this.#mine = mine
    try {
      return [write(), mine]
    } finally {
      this.#mine = before
    }
  }

  /** Those that are not there yet. */
  get pending(): Promise<unknown>[] {
    return [...this.#pending]
  }
}
