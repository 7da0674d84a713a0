import { setTimeout as pause } from 'node:timers/promises'
import { redisTrouble } from '@manyhands/redis'

/** Past this nobody waits for us any more: the task has been taken over. In milliseconds. */
const patienceMs = 120_000
const firstPauseMs = 20
const longestPauseMs = 1000

/**
 * Calls until Redis answers and has room: finished work is worth the wait. Scripts that are called so bear being called twice.
 * @param stop there is no use in waiting any more: what fails then fails for good
 */
export async function persist<T>(call: () => Promise<T>, stop: AbortSignal): Promise<T> {
  const end = performance.now() + patienceMs
  for (let wait = firstPauseMs; ; wait = Math.min(longestPauseMs, wait * 2)) {
    try {
      return await call()
    } catch (error) {
      if (redisTrouble(error) === undefined || stop.aborted || performance.now() > end) throw error
      await pause(wait, undefined, { signal: stop }).catch(() => undefined)
    }
  }
}
