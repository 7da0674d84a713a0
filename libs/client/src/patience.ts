import { ConnectionError, ManyhandsError, RequestError } from './errors.ts'
import { pause } from './fuse.ts'

const FIRST_MS = 50
const LONGEST_MS = 5_000
const LONGEST_RETRY_AFTER_MS = 60_000
const passingStatus = new Set([408, 429, 502, 503, 504])
/** What still stands in the way, and goes by itself: an earlier request that was cut, or, of a pool, processes that are being stopped. */
const passingCode = new Set(['idempotency-in-progress', 'reader-exists', 'job-not-ended'])

/** A host that nobody knows may be one that is just being started (in a compose, say); most often it is misspelt. About a second. */
const UNKNOWN_HOST_RETRIES = 5
/** Of a fetch that failed: a certificate or a port that is refused will be refused again. */
const hopelessCode = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/
const hopelessWords = 'bad port'

/** How often a call is tried again, and how long it waits before: bounded, growing, jittered, as the server asks where it does. */
export class Patience {
  readonly #retries: number
  #tries = 0

  constructor(retries: number) {
    this.#retries = retries
  }

  /** Waits for the next try, or throws the error when there is none. */
  async wait(error: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (this.#tries >= Math.min(this.#retries, retriesFor(error))) throw error
    await pause(delayOf(error, this.#tries++), signal)
  }

  /** Something went well: the count begins anew. */
  reset(): void {
    this.#tries = 0
  }
}

/** Whether the server will never have anything of a request that failed so: it was refused, or did not arrive and never will. */
export function isRefusal(error: unknown): boolean {
  const isServersFailure = error instanceof RequestError && error.status >= 500
  return error instanceof ManyhandsError && !isServersFailure && retriesFor(error) === 0
}

/** How many further tries an error is worth at most. */
function retriesFor(error: unknown): number {
  if (error instanceof ConnectionError) return retriesOfFetch(error.cause)
  const mayPass = error instanceof RequestError && (passingStatus.has(error.status) || passingCode.has(error.code))
  return mayPass ? Number.POSITIVE_INFINITY : 0
}

/** In Node the cause of what fetch throws says why it failed; elsewhere nothing does, and anything may pass. */
function retriesOfFetch(error: unknown): number {
  const { code, message } = ((error as Error | undefined)?.cause ?? {}) as { code?: unknown; message?: unknown }
  if (message === hopelessWords || hopelessCode.test(String(code))) return 0
  return code === 'ENOTFOUND' ? UNKNOWN_HOST_RETRIES : Number.POSITIVE_INFINITY
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
