import { ProblemError } from '@manyhands/contracts'

export interface BodyTimes {
  /** Longest wait for the next bytes, in milliseconds. */
  silence: number
  /** Longest wait for the whole body, in milliseconds; waits are summed. */
  total: number
}

/** Measures how long we waited for a body: time in which nobody wanted bytes does not count. */
export class BodyClock {
  readonly #times: BodyTimes
  readonly #onLate: (problem: ProblemError) => void
  #timer: NodeJS.Timeout | undefined
  #since = 0
  #waited = 0

  constructor(times: BodyTimes, onLate: (problem: ProblemError) => void) {
    this.#times = times
    this.#onLate = onLate
  }

  /** Bytes are wanted from now on. */
  want(): void {
    if (this.#timer) return
    this.#since = performance.now()
    const ms = Math.max(0, Math.min(this.#times.silence, this.#times.total - this.#waited))
    this.#timer = setTimeout(
      () => this.#onLate(new ProblemError('request-timeout', `the body did not come within ${Math.round(ms + this.#waited)} ms`)),
      ms,
    )
  }

  /** Bytes came, or none are wanted now. */
  rest(): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waited += performance.now() - this.#since
  }
}
