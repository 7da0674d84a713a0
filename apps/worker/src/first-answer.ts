import { setTimeout as pause } from 'node:timers/promises'
import { type Redis, redisPlace } from '@manyhands/redis'
import { SettingsError } from '@manyhands/settings'

/** How long a start waits for Redis, in milliseconds. */
const firstAnswerMs = 5000

/** Resolves when Redis has answered. Throws SettingsError, with the latest trouble of the connection, when it refuses or is not there in time. */
export async function firstAnswer(redis: Redis, url: string): Promise<void> {
  let trouble = 'nothing comes back'
  const hear = (error: Error) => {
    trouble = error.message
  }
  const asked = redis.ping().then(() => true, hear)
  const late = new AbortController()
  redis.on('error', hear)
  try {
    if (await Promise.race([asked, pause(firstAnswerMs, undefined, { signal: late.signal })])) return
  } finally {
    redis.off('error', hear)
    late.abort()
  }
  throw new SettingsError([`No Redis answers at ${redisPlace(url)} (${trouble}): start one there, or say in REDIS_URL where one is.`])
}
