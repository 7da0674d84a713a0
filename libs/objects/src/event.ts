import { type Blocking, SharedObject, waitOf } from './shared-object.ts'

/** A flag that many wait for. */
export class SharedEvent extends SharedObject {
  isSet(): Promise<boolean> {
    return this.call('isSet')
  }

  /** All who wait go on. */
  set(): Promise<null> {
    return this.call('set')
  }

  clear(): Promise<null> {
    return this.call('clear')
  }

  /** true once it is set; false when it is not in time. */
  wait(blocking: Blocking | number = {}): Promise<boolean> {
    return this.call('wait', [], waitOf(typeof blocking === 'number' ? { timeout: blocking } : blocking))
  }
}
