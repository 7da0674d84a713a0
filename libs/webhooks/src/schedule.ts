/** Share of a wait that is random, so that what failed together does not come back together. */
const jitter = 0.2

/**
 * The wait behind a failed try, in milliseconds; undefined when it was the last one.
 * @param step failed tries since the delivery was (re)made, this one included
 */
export function waitBehind(
  step: number,
  delaysMs: readonly number[],
  retryAfterMs = 0,
  random: () => number = Math.random,
): number | undefined {
  const delay = delaysMs[step - 1]
  if (delay === undefined) return undefined
  return Math.max(delay * (1 - jitter / 2 + jitter * random()), retryAfterMs)
}
