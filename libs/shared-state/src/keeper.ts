import { endHolder, renewLocks } from './leases.ts'
import type { SharedContext } from './scripts.ts'

/** Keeps the locks of processes alive that compute, and sets them free when they are gone. */
export interface LockKeeper {
  /** @param ttlMs the lease of a lock that it is about to acquire */
  holds(holder: string, ttlMs: number): void
  gone(holder: string): void
  stop(): void
}

/** Renewals in a lease. */
const renewalsPerLease = 6

export function createLockKeeper(context: SharedContext, onError: (error: Error) => void): LockKeeper {
  const timers = new Map<string, { everyMs: number; timer: NodeJS.Timeout }>()
  const renew = (holder: string) => void renewLocks(context, holder).catch(onError)
  const stop = (holder: string) => {
    clearInterval(timers.get(holder)?.timer)
    return timers.delete(holder)
  }
  return {
    holds(holder, ttlMs) {
      const everyMs = ttlMs / renewalsPerLease
      const known = timers.get(holder)
      if (known && known.everyMs <= everyMs) return
      stop(holder)
      timers.set(holder, { everyMs, timer: setInterval(() => renew(holder), everyMs) })
    },
    gone(holder) {
      if (stop(holder)) endHolder(context, holder).catch(onError)
    },
    stop() {
      for (const holder of [...timers.keys()]) stop(holder)
    },
  }
}
