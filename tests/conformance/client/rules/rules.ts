import type { Hands } from '@manyhands/client'
import type { Functions } from '../fleet.ts'
import { callRules } from './calls.ts'
import { failureRules } from './failures.ts'
import { handleRules } from './handles.ts'
import { inputRules } from './input.ts'
import { itemRules } from './items.ts'
import { nestedRules } from './nested.ts'
import { valueRules } from './values.ts'

/** A client to ask: of a fleet, or of what stands in for one in unit tests. */
export type Ask = () => Hands<Functions>

/** The rules of multiprocessing that a client can see, by their numbers. What only a fleet can show stands in the test file of the fleet. */
export function describeRules(hands: Ask): void {
  // 1 to 4
  itemRules(hands)
  // 5
  inputRules(hands)
  // 6, 7, 12
  handleRules(hands)
  // 8 to 10
  failureRules(hands)
  // 24
  valueRules(hands)
  // what Python's documentation says of the calls, without a number
  callRules(hands)
  nestedRules(hands)
}
