import type { ErrorCode, ItemError } from './errors.ts'
import { errorTable } from './errors.ts'

/** Class names of the errors that we make, as callers see them. */
const names = {
  'invalid-json': 'SyntaxError',
  'too-deep': 'RangeError',
  'number-not-representable': 'RangeError',
  'invalid-input': 'InvalidInputError',
  'function-not-loaded': 'FunctionNotLoadedError',
  'result-too-large': 'ResultTooLargeError',
  'result-not-serializable': 'MaybeEncodingError',
  'worker-crashed': 'WorkerCrashedError',
  'process-lost': 'ProcessLostError',
  'out-of-memory': 'OutOfMemoryError',
  timeout: 'TimeoutError',
} as const satisfies Partial<Record<ErrorCode, string>>

export type OwnCode = keyof typeof names

/** An item's error that is ours, not the function's. `fields` come beside it. */
export function itemError(code: OwnCode, message: string, at: ItemError['at'], fields: Record<string, unknown> = {}): ItemError {
  return { name: names[code], code, message, ...(at && { at }), ...fields }
}

export const isOwnCode = (code: string): code is OwnCode => Object.hasOwn(names, code)

/** Failing once more would fail the same way. */
const hopeless = new Set<ErrorCode>([
  'invalid-json',
  'too-deep',
  'number-not-representable',
  'invalid-input',
  'function-not-loaded',
  'result-not-serializable',
  'result-too-large',
])

/** Authors throw an error of this name where another run would be of no use. */
const unrecoverable = 'UnrecoverableError'

/** Whether another run of the item would fail the same way. */
export const isHopeless = ({ name, code }: Pick<ItemError, 'name' | 'code'>): boolean => hopeless.has(code) || name === unrecoverable

/** Which failures are worth another run, by the names of their errors. */
export interface RetryRule {
  /** Only these; absent = all. */
  retryOn?: readonly string[] | undefined
  /** Not these. */
  noRetryOn?: readonly string[] | undefined
}

/** Whether an item that failed so may run again, as long as it has attempts left. */
export function isWorthRetry(error: Pick<ItemError, 'name' | 'code'>, { retryOn, noRetryOn }: RetryRule): boolean {
  if (isHopeless(error) || noRetryOn?.includes(error.name)) return false
  return retryOn === undefined || retryOn.includes(error.name)
}

/** Whether a child has written an error as the protocol says. */
export function isItemError(value: unknown): value is ItemError {
  if (typeof value !== 'object' || value === null) return false
  const { name, code, message } = value as Record<string, unknown>
  return typeof name === 'string' && typeof message === 'string' && typeof code === 'string' && Object.hasOwn(errorTable, code)
}
