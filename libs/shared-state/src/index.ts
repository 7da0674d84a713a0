export type { ObjectNews } from './changes.ts'
export { Door } from './door.ts'
export { createJanitor, type Janitor } from './janitor.ts'
export { createLockKeeper, type LockKeeper } from './keeper.ts'
export { endHolder, renewLocks } from './leases.ts'
export {
  dropManager,
  dropObject,
  keepManagers,
  listManagers,
  type ManagerNature,
  type ManagerOptions,
  makeManager,
  managerNature,
} from './managers.ts'
export { type Caller, type ObjectAnswer, type PreparedCall, prepare, type TaskAttempt } from './operate.ts'
export { type RedisSharing, type RedisSharingOptions, redisSharing } from './redis-transport.ts'
export { type LockVotes, type SharedContext, sharedContext } from './scripts.ts'
