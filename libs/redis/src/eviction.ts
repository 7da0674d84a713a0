import type { Redis } from 'ioredis'

/** What the server does when its memory is full (`maxmemory-policy`): with anything but `noeviction` it loses jobs. */
export async function evictionPolicy(redis: Redis): Promise<string> {
  return /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1] ?? 'noeviction'
}
