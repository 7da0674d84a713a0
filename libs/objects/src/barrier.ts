import { type Place, SharedObject, waitOf } from './shared-object.ts'

/** Python's Barrier: all wait until the last has come. */
export class SharedBarrier extends SharedObject {
  readonly #action: (() => unknown) | undefined
  readonly #timeout: number | undefined

  /** @param place.action run by the last that comes, before the others go on; it is known only here */
  constructor(place: Place & { action?: (() => unknown) | undefined; timeout?: number | undefined }) {
    super(place)
    this.#action = place.action
    this.#timeout = place.timeout
  }

  /** Waits for the others; resolves with the place in which it came, from 0. Throws BrokenBarrierError. @param timeout in seconds */
  async wait(timeout: number | undefined = this.#timeout): Promise<number> {
    const { index, acts } = await this.call<{ index: number; acts: boolean }>('wait', [], waitOf({ timeout }))
    if (acts) await this.#act()
    return index
  }

  async #act(): Promise<void> {
    try {
      await this.#action?.()
    } catch (error) {
      await this.abort()
      throw error
    }
    await this.call('acted')
  }

  /** Breaks it for all. */
  async abort(): Promise<void> {
    await this.call('abort')
  }

  /** Makes it as new; who waits gets a BrokenBarrierError. */
  async reset(): Promise<void> {
    await this.call('reset')
  }

  parties(): Promise<number> {
    return this.call('parties')
  }

  nWaiting(): Promise<number> {
    return this.call('nWaiting')
  }

  broken(): Promise<boolean> {
    return this.call('broken')
  }
}
