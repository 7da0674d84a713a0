import { setTimeout as pause } from 'node:timers/promises'
import { redisTrouble } from '@manyhands/redis'

/** Past this nobody waits for us any more: the task has been taken over. In milliseconds. */
const patienceMs = 120_000
const firstPauseMs = 20
const longestPauseMs = 1000

/** Calls until Redis answers. Scripts that are called so bear being called twice. */
export async function persist<T>(call: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs
  for (let wait = firstPauseMs; ; wait = Math.min(longestPauseMs, wait * 2)) {
    try {
      return await call()
    } catch (error) {
      if (redisTrouble(error) !== 'unavailable' || performance.now() > end) throw error
      await pause(wait)
    }
  }
}
