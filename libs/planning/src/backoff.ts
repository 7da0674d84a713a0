import type { Backoff } from '@manyhands/contracts'

/** Without a backoff a retry is immediate. */
const longestDelay = 2_592_000_000

/**
 * Milliseconds to wait before try `tries + 1`.
 * @param tries runs that failed so far, from 1
 * @param random a number in [0, 1): spreads the waits when `jitter` is set
 */
export function backoffDelay(backoff: Backoff | undefined, tries: number, random: number): number {
  if (!backoff) return 0
  const factor = backoff.type === 'exponential' ? 2 ** (tries - 1) : 1
  const delay = Math.min(backoff.delayMs * factor, backoff.maxDelayMs ?? longestDelay)
  const spread = delay * (backoff.jitter ?? 0)
  return Math.round(delay - spread + spread * random)
}
