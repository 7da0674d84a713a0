import { groupBase, loadLibrary, objectLuaKeys, type Redis, type Script } from '@manyhands/redis'

const names = ['beat', 'drop', 'leave', 'make-manager', 'operate', 'renew', 'take'] as const

/** What every function of this room works with: one connection, one group, one tenant. */
export interface SharedContext {
  redis: Redis
  group: string
  tenant: string
  scripts: Record<(typeof names)[number], Script>
}

/** @param folder where the Lua files are, as the URL of a file beside them */
export function sharedContext(redis: Redis, group: string, tenant: string, folder: string = import.meta.url): SharedContext {
  return { redis, group, tenant, scripts: loadLibrary(redis, groupBase(group), { folder, core: 'waiting', names, keys: objectLuaKeys() }) }
}
