import { LockError } from './errors.ts'
import type { Held } from './transport.ts'

/** Share of a lease without a sign of its renewal after which it counts as lost: a program that is blocked for half a lease is told in time. */
const doubtful = 0.45

/** Watches over the locks that were granted to this program. */
export class Watch {
  readonly #held = new Map<string, { held: Held; keptAt: number; timer: ReturnType<typeof setTimeout> | undefined }>()
  readonly #confirm: () => Promise<unknown>

  /**
   * @param confirm what may still tell that a lock is kept, when nothing has told for long: this program may have been busy. By itself it
   * lets news in that stand behind a timer
   */
  constructor(confirm: () => Promise<unknown> = () => new Promise((resolve) => setTimeout(resolve, 1))) {
    this.#confirm = confirm
  }

  /** Returns how to stop watching. */
  add(held: Held): () => void {
    const key = `${held.lock} ${held.token}`
    const entry = { held, keptAt: held.since, timer: undefined }
    this.#held.set(key, entry)
    this.#arm(key)
    return () => this.#drop(key)
  }

  /** The shortest lease, in milliseconds; undefined while none is held. */
  get shortestMs(): number | undefined {
    const all = [...this.#held.values()].map(({ held }) => held.ttlMs)
    return all.length === 0 ? undefined : Math.min(...all)
  }

  /**
   * These locks were renewed, and no others.
   * @param at when that was asked for, by `performance.now()`
   */
  renewed(locks: readonly string[], at: number): void {
    const kept = new Set(locks)
    for (const [key, entry] of this.#held) {
      if (kept.has(key)) entry.keptAt = Math.max(entry.keptAt, at)
      // granted after they had been counted
      else if (entry.held.since < at) this.#lose(key, 'another has released it, or its lease has ended')
    }
  }

  #arm(key: string): void {
    const entry = this.#held.get(key)
    if (!entry) return
    const left = entry.keptAt + doubtful * entry.held.ttlMs - performance.now()
    entry.timer = setTimeout(() => void this.#doubt(key), Math.max(0, left))
    const { timer } = entry as { timer: { unref?: () => void } }
    timer.unref?.()
  }

  async #doubt(key: string): Promise<void> {
    await this.#confirm()
    const entry = this.#held.get(key)
    if (!entry) return
    if (performance.now() < entry.keptAt + doubtful * entry.held.ttlMs) this.#arm(key)
    else this.#lose(key, 'its lease could not be renewed')
  }

  #lose(key: string, why: string): void {
    const entry = this.#held.get(key)
    this.#drop(key)
    entry?.held.onLost(new LockError({ code: 'lock-expired', detail: `the lock ${entry.held.lock} is lost: ${why}` }))
  }

  #drop(key: string): void {
    clearTimeout(this.#held.get(key)?.timer)
    this.#held.delete(key)
  }
}
