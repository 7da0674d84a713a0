import { groupBase, loadLibrary, objectLuaKeys, type Redis, type Script } from '@manyhands/redis'

const names = ['beat', 'drop', 'hold', 'leave', 'make-manager', 'operate', 'renew', 'take', 'use-managers', 'watch'] as const

/** Independent Redis that vote for locks; libs/locks has them. */
export interface LockVotes {
  /** The longest lease, in milliseconds. */
  readonly maxTtlMs: number
  /** Until when the lock is held for certain, by `performance.now()`; undefined when it was not won. */
  win(lock: string, mark: string, ttlMs: number): Promise<number | undefined>
  keep(lock: string, mark: string, ttlMs: number): Promise<boolean>
  free(lock: string, mark: string): Promise<void>
}

/** What every function of this room works with: one connection, one group, one tenant. */
export interface SharedContext {
  redis: Redis
  group: string
  tenant: string
  scripts: Record<(typeof names)[number], Script>
  /** Absent: the Redis of the data is the only one that says who has a lock. */
  nodes?: LockVotes | undefined
}

/** @param folder where the Lua files are, as the URL of a file beside them */
export function sharedContext(
  redis: Redis,
  group: string,
  tenant: string,
  nodes?: LockVotes,
  folder: string = import.meta.url,
): SharedContext {
  return {
    redis,
    group,
    tenant,
    nodes,
    scripts: loadLibrary(redis, groupBase(group), { folder, core: 'waiting', names, keys: objectLuaKeys() }),
  }
}
