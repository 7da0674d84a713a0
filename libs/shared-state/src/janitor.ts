import { managerKey, sessionKey, sharingKey } from '@manyhands/redis'
import { dropManager } from './managers.ts'
import type { SharedContext } from './scripts.ts'

/** Ends managers whose session has ended. Each API process runs one: to end a manager twice does no harm. */
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

async function isOver({ redis, group, tenant }: SharedContext, name: string): Promise<boolean> {
  const session = await redis.hget(managerKey(group, tenant, name, 'record'), 'session')
  return session !== null && (await redis.exists(sessionKey(group, tenant, session, 'record'))) === 0
}
