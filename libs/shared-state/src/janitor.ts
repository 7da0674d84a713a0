import { isEnded } from '@manyhands/contracts'
import { jobKey, managerKey, sessionKey, sharingKey } from '@manyhands/redis'
import { dropManager } from './managers.ts'
import type { SharedContext } from './scripts.ts'

/** Ends managers whose time is over, or whose session has ended and whom no process uses any more. Each API process runs one: to end a manager twice does no harm. */
export interface Janitor {
  start(): void
  stop(): Promise<void>
}

/** Between two rounds, in milliseconds, and the managers one looks at. */
const roundMs = 3000
const roundSize = 500

export function createJanitor(context: SharedContext, onError: (error: Error) => void): Janitor {
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()
  let cursor = '0'
  const arm = () => {
    timer = setTimeout(() => {
      round = sweep().catch(onError).finally(arm)
    }, roundMs)
  }
  const sweep = async () => {
    const { redis, group, tenant } = context
    const [next, names] = await redis.sscan(sharingKey(group, tenant, 'managers'), cursor, 'COUNT', roundSize)
    cursor = next
    for (const name of names) if (await isOver(context, name)) await dropManager(context, name)
  }
  return {
    start: arm,
    async stop() {
      clearTimeout(timer)
      await round
      clearTimeout(timer)
    },
  }
}

async function isOver(context: SharedContext, name: string): Promise<boolean> {
  const { redis, group, tenant } = context
  const [session, endsAt] = await redis.hmget(managerKey(group, tenant, name, 'record'), 'session', 'endsAt')
  if (endsAt && Number(endsAt) <= Number((await redis.time())[0]) * 1000) return true
  if (!session || (await redis.exists(sessionKey(group, tenant, session, 'record'))) === 1) return false
  return !(await isUsed(context, name))
}

/** By a process that has not ended. */
async function isUsed({ redis, group, tenant }: SharedContext, name: string): Promise<boolean> {
  const jobs = await redis.smembers(managerKey(group, tenant, name, 'users'))
  const states = await Promise.all(jobs.map((job) => redis.hget(jobKey(group, tenant, job, 'record'), 'state')))
  return states.some((state) => state !== null && !isEnded(state))
}
