/** Time, so that a test can hold it. What must agree over machines takes Redis TIME instead. */
export interface Clock {
  /** Milliseconds since 1970: for what people read. */
  now(): number
  /** Milliseconds from some start, which never jump: for what is measured. */
  monotonic(): number
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
