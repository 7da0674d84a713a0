/** The functions the benchmark runs on our side; the peers have the same ones in their own words (programs/). */
export const square = (x: number): number => x * x

/** Computes for `ms` milliseconds of this process's own CPU time: preemption makes it longer, never cheaper. */
export function burn(ms: number): number {
  const start = process.cpuUsage()
  let spent = 0
  while (spent < ms * 1000) {
    const used = process.cpuUsage(start)
    spent = used.user + used.system
  }
  return ms
}

export { addsPerSecond, lockedIncrements, lockPairs } from './sharing.ts'
