import { SharedRLock } from './lock.ts'
import { type Blocking, type Place, SharedObject, waitOf } from './shared-object.ts'

/** Python's Condition: a lock, and waiting for news under it. */
export class SharedCondition extends SharedObject {
  /** An RLock; `acquire`, `release` and `with` of the condition are its own. */
  readonly lock: SharedRLock

  constructor(place: Place) {
    super(place)
    const { ref, create, ...rest } = place
    this.lock = new SharedRLock({ ...rest, ref: { ...ref, type: 'rlock', name: `${ref.name}.lock` }, create: create && [] })
  }

  acquire(options: Parameters<SharedRLock['acquire']>[0] = {}): ReturnType<SharedRLock['acquire']> {
    return this.lock.acquire(options) as ReturnType<SharedRLock['acquire']>
  }

  release(): Promise<void> {
    return this.lock.release()
  }

  with<R>(body: () => R | Promise<R>): Promise<R> {
    return this.lock.with(body)
  }

  /**
   * Sets the lock free, all its levels, waits to be notified, and acquires it again. false when nobody notified in time. Throws
   * AssertionError for one who does not have the lock.
   */
  async wait(blocking: Blocking | number = {}): Promise<boolean> {
    const { owner } = this.lock
    const wait = waitOf(typeof blocking === 'number' ? { timeout: blocking } : blocking)
    const { notified, levels } = await this.call<{ notified: boolean; levels: number }>('wait', [owner], wait)
    await this.lock.acquire({ owner, levels })
    return notified
  }

  /** Waits until `predicate` says so, looking after each notification; resolves with what it said last. */
  async waitFor<R>(predicate: () => R | Promise<R>, timeout?: number): Promise<R> {
    const end = timeout === undefined ? undefined : performance.now() + timeout * 1000
    for (;;) {
      const said = await predicate()
      const left = end === undefined ? undefined : (end - performance.now()) / 1000
      if (said || (left !== undefined && left <= 0)) return said
      await this.wait({ timeout: left })
    }
  }

  /** Wakes so many of those that wait. Throws AssertionError for one who does not have the lock. */
  async notify(count = 1): Promise<void> {
    await this.call('notify', [this.lock.owner, count])
  }

  async notifyAll(): Promise<void> {
    await this.call('notify', [this.lock.owner])
  }

  override async make(): Promise<void> {
    await this.lock.make()
    await super.make()
  }
}
