import type { JobsContext } from './context.ts'

/** A place among the waiters of a job. Register, then read, then wait: what happens in between is not missed. */
export interface Watch {
  /** Resolves at the next news since the last call, or after `ms`; at once when the signal has fired. */
  news(ms: number): Promise<void>
  done(): void
  /** The stored part of a job of one item, when it came along with the news of its success. */
  readonly only: string | undefined
}

export interface WatchOptions {
  /** Whether only the end is news (and what may have been missed). */
  endOnly: boolean
  /** Whether it is news how far an item is. */
  progress?: boolean
  signal?: AbortSignal | undefined
}

export function watchJob(context: JobsContext, id: string, options: WatchOptions): Watch {
  let fresh = false
  let only: string | undefined
  let wake: () => void = () => undefined
  const tell = () => {
    fresh = true
    wake()
  }
  const off = context.wakeups.onJob(context.store.tenant, id, (news, part) => {
    only ??= part
    // how far an item is does not concern those who wait for its end or for results
    if (news === 'end' || news === 'missed' || (news === 'part' && !options.endOnly) || (news === 'progress' && options.progress)) tell()
  })
  options.signal?.addEventListener('abort', tell)
  return {
    get only() {
      return only
    },
    async news(ms) {
      if (!fresh && !options.signal?.aborted) await pause(ms, (resolve) => (wake = resolve))
      fresh = false
    },
    done() {
      off()
      options.signal?.removeEventListener('abort', tell)
    },
  }
}

function pause(ms: number, register: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    register(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Waits for news; whether none came in all that time. */
export async function isQuiet(watch: Watch, ms: number): Promise<boolean> {
  const start = performance.now()
  await watch.news(ms)
  return performance.now() - start >= ms
}
