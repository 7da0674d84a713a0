import { createLockNodes } from '@manyhands/locks'
import { type RedisSharing, type RedisSharingOptions, redisSharing } from '@manyhands/shared-state'
import type { StartMessage } from '../messages.ts'

type Address = NonNullable<StartMessage['sharing']>
type Told = Pick<RedisSharingOptions, 'onHolding' | 'task' | 'whileWaiting'>

/** What shared objects are made of, in one module that is loaded when a function uses one. */
export function openSharing({ redisUrl, lockNodes, lockTtlMs, ...address }: Address, told: Told): RedisSharing {
  const { group, tenant } = address
  // their failures come to light in the votes
  const nodes = () => createLockNodes({ urls: lockNodes, maxTtlMs: lockTtlMs, group, tenant, onError: () => undefined })
  return redisSharing({ ...address, ...told, url: redisUrl, nodes })
}
