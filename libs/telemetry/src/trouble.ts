import type { Logger } from './logger.ts'

/** One trouble is told at most so often, in milliseconds: the connections to a Redis that is gone try, and fail, twelve times a second. */
const everyMs = 1000

/**
 * Hears the troubles of Redis and tells each of them once a second, with the place, and with how many were passed over before.
 * @param place where Redis is, for people
 * @param now milliseconds of any clock
 */
export function troubleLog(logger: Logger, place: string, now: () => number = () => performance.now()): (error: Error) => void {
  const told = new Set<string>()
  let since = Number.NEGATIVE_INFINITY
  let untold = 0
  return (error) => {
    if (now() - since >= everyMs) {
      told.clear()
      since = now()
    }
    if (told.has(error.message)) return void untold++
    told.add(error.message)
    logger.warn({ err: error, untold }, `trouble with Redis at ${place}; it is tried again`)
    untold = 0
  }
}
