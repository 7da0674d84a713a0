import { ConnectionError, RequestError } from './errors.ts'
import { pause } from './fuse.ts'

const FIRST_MS = 50
const LONGEST_MS = 5_000
const LONGEST_RETRY_AFTER_MS = 60_000
const passingStatus = new Set([429, 502, 503, 504])
/** What still stands in the way, and goes by itself: an earlier request that was cut, or, of a pool, processes that are being stopped. */
const passingCode = new Set(['idempotency-in-progress', 'reader-exists', 'job-not-ended'])

/** How often a call is tried again, and how long it waits before: bounded, growing, jittered, as the server asks where it does. */
export class Patience {
  readonly #retries: number
  #tries = 0

  constructor(retries: number) {
    this.#retries = retries
  }

  /** Waits for the next try, or throws the error when there is none. */
  async wait(error: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (!mayPass(error) || this.#tries >= this.#retries) throw error
    await pause(delayOf(error, this.#tries++), signal)
  }

  /** Something went well: the count begins anew. */
  reset(): void {
    this.#tries = 0
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof RequestError) return passingStatus.has(error.status) || passingCode.has(error.code)
  return error instanceof ConnectionError
}

function delayOf(error: unknown, tries: number): number {
  const own = growing(tries, FIRST_MS, LONGEST_MS)
  const asked = error instanceof RequestError ? (error.retryAfterMs ?? 0) : 0
  return Math.max(own, Math.min(asked, LONGEST_RETRY_AFTER_MS))
}

/** Doubles with each try up to a bound; the upper half of it is random, so that many clients do not come back at once. */
export function growing(tries: number, first: number, longest: number): number {
  const most = Math.min(longest, first * 2 ** tries)
  return most / 2 + (Math.random() * most) / 2
}
