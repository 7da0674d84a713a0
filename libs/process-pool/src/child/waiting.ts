import type { Outbox } from './outbox.ts'

/** Less waiting than this is none of others' business, in milliseconds: to give a slot away and take one again costs about as much. */
const patienceMs = 20

/**
 * The functions of a run that wait for nested work. While one does, and computes nothing, its slot and its credit are given to others; before
 * it goes on, they are taken again (docs/adr/0016). One that computes beside a wait is not parked before it turns to the event loop.
 */
export class Waiting {
  readonly #run: number
  readonly #outbox: Outbox
  /** Waits of the present item. */
  readonly #waits = new Set<symbol>()
  #timer: NodeJS.Timeout | undefined
  #armedAt = 0
  /** What it has waited for without being parked, in milliseconds: many short waits are a long one. */
  #waitedMs = 0
  #isParked = false
  #resumed: PromiseWithResolvers<void> | undefined

  constructor(run: number, outbox: Outbox) {
    this.#run = run
    this.#outbox = outbox
  }

  /** The same promise, settled when the function may go on. */
  async during<T>(promise: Promise<T>): Promise<T> {
    const wait = Symbol()
    this.#waits.add(wait)
    this.#arm()
    try {
      return await promise
    } finally {
      // else its item has ended: what it left behind holds up nobody
      if (this.#waits.delete(wait)) await this.#goOn()
    }
  }

  /** The item has ended. Resolves when the run holds its slot; undefined = it does. */
  end(): Promise<void> | undefined {
    if (this.#waits.size === 0 && !this.#isParked) return undefined
    this.#waits.clear()
    return this.#goOn()
  }

  async #goOn(): Promise<void> {
    this.#disarm()
    if (this.#isParked) await this.#askToResume()
    this.#arm()
  }

  /** The parent says that the run may go on. */
  resume(): void {
    this.#isParked = false
    this.#resumed?.resolve()
    this.#resumed = undefined
  }

  #arm(): void {
    if (this.#waits.size === 0 || this.#isParked || this.#timer) return
    this.#armedAt = performance.now()
    this.#timer = setTimeout(() => this.#park(), Math.max(0, patienceMs - this.#waitedMs))
  }

  #disarm(): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waitedMs += performance.now() - this.#armedAt
  }

  #park(): void {
    this.#timer = undefined
    this.#waitedMs = 0
    this.#isParked = true
    this.#outbox.send({ type: 'wait', run: this.#run })
  }

  #askToResume(): Promise<void> {
    if (!this.#resumed) {
      this.#resumed = Promise.withResolvers<void>()
      this.#outbox.send({ type: 'waited', run: this.#run })
    }
    return this.#resumed.promise
  }
}
