import { type Blocking, SharedObject, waitOf } from './shared-object.ts'

/** Python's Semaphore and BoundedSemaphore: so many may have it at once. */
export class SharedSemaphore extends SharedObject {
  /** Takes one; false when none comes in time. */
  acquire(blocking: Blocking = {}): Promise<boolean> {
    return this.call('acquire', [], waitOf(blocking))
  }

  /** Gives some back. Throws ValueError beyond the bound of a BoundedSemaphore. */
  async release(count = 1): Promise<void> {
    await this.call('release', [count])
  }

  getValue(): Promise<number> {
    return this.call('getValue')
  }

  /** Runs `body` with one taken. */
  async with<R>(body: () => R | Promise<R>): Promise<R> {
    await this.acquire()
    try {
      return await body()
    } finally {
      await this.release()
    }
  }
}
