import { ProblemError } from '@manyhands/contracts'
import type { JobsContext } from './context.ts'

/** Share of maxmemory at which new work is refused, so that settling always has room (engine.md: Results). */
const fullShare = 0.8
/** How long a look at the memory of Redis serves, in milliseconds. */
const lookMs = 1000

interface Look {
  at: number
  share: number
}
const looks = new WeakMap<object, Look>()

/** Throws store-full while Redis has no room for new work. */
export async function refuseWhenFull(context: JobsContext): Promise<void> {
  const { redis } = context.store
  const last = looks.get(redis)
  const look = last && performance.now() - last.at < lookMs ? last : await lookAgain(context)
  if (look.share < fullShare) return
  const percent = Math.round(look.share * 100)
  throw new ProblemError('store-full', `Redis uses ${percent} % of its maxmemory; new work is taken below ${fullShare * 100} %`, {
    retryAfter: 5,
  })
}

async function lookAgain(context: JobsContext): Promise<Look> {
  const { redis } = context.store
  const info = await redis.info('memory')
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  const most = field('maxmemory')
  const look = { at: performance.now(), share: most === 0 ? 0 : field('used_memory') / most }
  looks.set(redis, look)
  return look
}
