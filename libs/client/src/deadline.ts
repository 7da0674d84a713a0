/** The longest delay a timer takes; beyond it a timeout is no timeout. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** An end to waiting. One that is undone leaves no timer behind. */
export class Deadline {
  /** Resolves when the time is over; never after `undo`. */
  readonly over: Promise<void>
  #hasPassed = false
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param timeout seconds; absent = for ever, 0 or less = what is there by now */
  constructor(timeout: number | undefined) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.over = promise
    const ms = Math.max(0, (timeout ?? Number.POSITIVE_INFINITY) * 1000)
    if (ms > LONGEST_TIMER_MS) return
    this.#timer = setTimeout(() => {
      this.#hasPassed = true
      resolve()
    }, ms)
  }

  get hasPassed(): boolean {
    return this.#hasPassed
  }

  undo(): void {
    clearTimeout(this.#timer)
  }
}
