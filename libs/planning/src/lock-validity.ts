/**
 * The arithmetic of locks over several nodes (Redis documentation, "Distributed locks with Redis": Redlock). Times are milliseconds of a clock
 * that does not jump.
 */

/** Votes that make a majority. */
export const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1

/** How far the clocks of two machines may run apart in such a time: 1 %, and 2 ms. */
export const driftOf = (ms: number): number => ms / 100 + 2

/** How long one node is waited for. */
export const nodePatience = (ttlMs: number): number => Math.min(50, ttlMs / 20)

/** How long a lock that was asked for so long ago is held for certain; below 0: it may be over. */
export const validityOf = (ttlMs: number, elapsedMs: number): number => ttlMs - elapsedMs - driftOf(ttlMs)
