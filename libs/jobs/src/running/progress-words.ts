import { type Claim, noteProgress, type ProgressWord, type StoreContext } from '@manyhands/job-store'

/** Between two writes, in milliseconds. */
const everyMs = 250

/** What the items of a worker say of their progress: of each chunk the latest word, stored together about four times a second. */
export class ProgressWords {
  readonly #store: StoreContext
  readonly #onError: (error: Error) => void
  readonly #waiting = new Map<string, ProgressWord>()
  #sentAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(store: StoreContext, onError: (error: Error) => void) {
    this.#store = store
    this.#onError = onError
  }

  note({ job, chunk, attempt }: Claim, index: number, value: string): void {
    this.#waiting.set(`${job} ${chunk}`, { job, chunk, attempt, index, value })
    this.#timer ??= setTimeout(() => this.#send(), Math.max(0, this.#sentAt + everyMs - performance.now()))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  /** A word that is lost is followed by the next one. */
  #send(): void {
    const words = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#timer = undefined
    this.#sentAt = performance.now()
    noteProgress(this.#store, words).catch(this.#onError)
  }
}
