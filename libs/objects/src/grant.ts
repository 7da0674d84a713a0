import { LockError } from './errors.ts'
import type { Fence, Held, Transport } from './transport.ts'

/** A lock that is held. Its lease is renewed until it is released; the signal aborts before it could end without that. */
export class Grant implements AsyncDisposable {
  /** Larger than that of any grant before. */
  readonly token: string
  /** For `fenced(grant)`: writes under it are refused once the lock has been granted again. */
  readonly fence: Fence
  /** Aborts, before the lease ends, when it could not be renewed, or when another released the lock. */
  readonly signal: AbortSignal
  readonly #stop: () => void
  readonly #release: (token: string) => Promise<unknown>

  constructor(transport: Transport, held: Omit<Held, 'onLost'>, release: (token: string) => Promise<unknown>) {
    const controller = new AbortController()
    this.token = held.token
    this.fence = { lock: held.lock, token: held.token }
    this.signal = controller.signal
    this.#release = release
    this.#stop = transport.watch({ ...held, onLost: (error) => controller.abort(error) })
  }

  /** Throws LockError when the lock was lost before. */
  async release(): Promise<void> {
    this.#stop()
    await this.#release(this.token)
  }

  /** As `release`, but silent about a lock that was lost: the signal has told. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release()
    } catch (error) {
      if (!(error instanceof LockError)) throw error
    }
  }
}
