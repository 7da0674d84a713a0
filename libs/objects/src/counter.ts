import { SharedObject } from './shared-object.ts'

/** A number that many add to. */
export class SharedCounter extends SharedObject {
  get(): Promise<number> {
    return this.call('get')
  }

  /** Adds at once; resolves with the sum. Throws OverflowError beyond 2^53 - 1. */
  add(amount = 1): Promise<number> {
    return this.call('add', [amount])
  }

  /** Sets it; resolves with what it was. */
  reset(value = 0): Promise<number> {
    return this.call('reset', [value])
  }
}
