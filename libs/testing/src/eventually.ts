import { setTimeout as delay } from 'node:timers/promises'

export interface EventuallyOptions {
  /** Longest wait, in milliseconds. Default 5 s. */
  timeoutMs?: number
  /** Pause between tries, in milliseconds. Default 10. */
  everyMs?: number
  /** What is waited for; stands in the error. */
  describe?: string
}

/**
 * Asks again until `check` neither throws nor gives false, and returns what it gave. So `expect` may stand in it.
 * When the time is over it throws an Error whose cause is the last one that `check` threw.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<Exclude<T, false>> {
  const { timeoutMs = 5000, everyMs = 10, describe = 'the condition' } = options
  const deadline = performance.now() + timeoutMs
  let last: unknown
  do {
    const outcome = await attempt(check)
    if ('value' in outcome) return outcome.value
    last = outcome.cause
    await delay(everyMs)
  } while (performance.now() < deadline)
  const why = last instanceof Error ? `: ${last.message}` : ''
  throw new Error(`${describe} did not come true within ${timeoutMs} ms${why}`, { cause: last })
}

async function attempt<T>(check: () => T | Promise<T>): Promise<{ value: Exclude<T, false> } | { cause: unknown }> {
  try {
    const value = await check()
    return value === false ? { cause: undefined } : { value: value as Exclude<T, false> }
  } catch (cause) {
    return { cause }
  }
}
