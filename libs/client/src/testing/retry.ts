import type { ItemError } from '@manyhands/contracts'
import { isWorthRetry, type RetryRule } from '@manyhands/contracts/call'

/** When a failing item runs again. */
export interface RetryPolicy extends RetryRule {
  /** Runs, the first one counted; default 1. */
  attempts?: number | undefined
}

/** @param tries runs so far */
export function runsAgain(error: ItemError, tries: number, policy: RetryPolicy): boolean {
  return tries < (policy.attempts ?? 1) && isWorthRetry(error, policy)
}

/** What the caller says, else what the author of the function says. */
export function mergedPolicy(caller: RetryPolicy, author: RetryPolicy): RetryPolicy {
  const { attempts, retryOn, noRetryOn } = caller
  return { attempts: attempts ?? author.attempts, retryOn: retryOn ?? author.retryOn, noRetryOn: noRetryOn ?? author.noRetryOn }
}
