import { Connection, type ConnectionNature } from './connection.ts'
import { Hands } from './hands.ts'
import type { AnyFunction } from './signatures.ts'

export type NestedOptions = Pick<Required<ConnectionNature>, 'parent' | 'whileWaiting'> & Pick<ConnectionNature, 'sharing'>

/** What a function submits with, inside a worker: `currentTask().hands`. Authors never call this. */
export function nestedHands(options: NestedOptions): Hands<Record<string, AnyFunction>> {
  return new Hands(new Connection({}, options))
}
