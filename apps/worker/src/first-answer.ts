import { type Redis, redisPlace } from '@manyhands/redis'
import { SettingsError } from '@manyhands/settings'

/** How long a start waits for Redis, in milliseconds. */
const firstAnswerMs = 5000

/** Resolves when Redis is there and lets us in. Throws SettingsError, with the latest trouble of the connection, when that takes too long. */
export async function firstAnswer(redis: Redis, url: string): Promise<void> {
  if (redis.status === 'ready') return
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  let trouble = 'nothing comes back'
  const onError = (error: Error) => {
    trouble = error.message
  }
  const onReady = () => resolve(undefined)
  redis.on('error', onError).on('ready', onReady)
  const timer = setTimeout(() => resolve(trouble), firstAnswerMs)
  const refusal = await promise
  clearTimeout(timer)
  redis.off('error', onError).off('ready', onReady)
  if (refusal === undefined) return
  throw new SettingsError([`No Redis answers at ${redisPlace(url)} (${refusal}): start one there, or say in REDIS_URL where one is.`])
}
