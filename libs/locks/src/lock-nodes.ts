import { driftOf, majorityOf, nodePatience, validityOf } from '@manyhands/planning'
import { lockNodeKey } from '@manyhands/redis'
import { LockNode } from './lock-node.ts'

export interface LockNodesOptions {
  /** Of 3 or 5 independent Redis, none of which is a replica of another. */
  urls: readonly string[]
  group: string
  tenant: string
  /** The longest lease of any lock, in milliseconds. */
  maxTtlMs: number
  onError: (error: Error) => void
  /** For how long one that has restarted does not vote, in milliseconds. Default: the longest lease, and a drift of clocks. */
  quarantineMs?: number | undefined
}

/** Undefined for no nodes: the Redis of the data is the only one that says who has a lock then. */
export function createLockNodes(options: LockNodesOptions): LockNodes | undefined {
  return options.urls.length === 0 ? undefined : new LockNodes(options)
}

/** A grant that has less of its lease left than this share is worth nothing: it is given back. */
const leastValidity = 0.5

/**
 * Independent Redis that each keep who holds a lock; it is held by whom a majority names (Redis documentation, "Distributed locks with
 * Redis"). They protect exclusion where the Redis of the data forgets; that one keeps the line, and gives the tokens.
 */
export class LockNodes {
  readonly #nodes: LockNode[]
  readonly maxTtlMs: number
  readonly #options: LockNodesOptions

  /** @param folder where the Lua files are, as the URL of a file beside them */
  constructor(options: LockNodesOptions, folder: string = import.meta.url) {
    const { urls, maxTtlMs, onError, quarantineMs = maxTtlMs + driftOf(maxTtlMs) } = options
    this.#options = options
    this.maxTtlMs = maxTtlMs
    this.#nodes = urls.map((url) => new LockNode(url, quarantineMs, onError, folder))
  }

  /**
   * Asks for a lock. Resolves with until when it is held for certain, by `performance.now()`; with undefined, and nothing is left on the
   * nodes, when no majority says so in time.
   * @param mark of this grant and of no other
   */
  async win(lock: string, mark: string, ttlMs: number): Promise<number | undefined> {
    const { askedAt, votes, isOurs } = await this.#ask('vote', lock, mark, ttlMs)
    const validityMs = validityOf(ttlMs, performance.now() - askedAt)
    if (isOurs && validityMs > leastValidity * ttlMs) return performance.now() + validityMs
    this.#undo(votes, lock, mark)
    return undefined
  }

  /** A lease begins anew; whether a majority says so in time. What it cannot keep ends by itself. */
  async keep(lock: string, mark: string, ttlMs: number): Promise<boolean> {
    const { askedAt, isOurs } = await this.#ask('keep', lock, mark, ttlMs)
    return isOurs && validityOf(ttlMs, performance.now() - askedAt) > leastValidity * ttlMs
  }

  /** Resolves when a majority has let it go, or has not answered in time. */
  async free(lock: string, mark: string): Promise<void> {
    const freed = this.#nodes.map((node) => node.free(this.#keyOf(lock), mark).then(() => true))
    await isMajority(freed, nodePatience(this.maxTtlMs))
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()))
  }

  async #ask(what: 'vote' | 'keep', lock: string, mark: string, ttlMs: number) {
    const askedAt = performance.now()
    const votes = this.#nodes.map((node) => node[what](this.#keyOf(lock), mark, ttlMs))
    return { askedAt, votes, isOurs: await isMajority(votes, nodePatience(ttlMs)) }
  }

  /** At once; and once more behind an answer that comes late, by a connection that was made anew since. */
  #undo(votes: Promise<boolean>[], lock: string, mark: string): void {
    for (const [i, node] of this.#nodes.entries()) {
      const free = () => node.free(this.#keyOf(lock), mark)
      void free()
      void votes[i]?.then(free)
    }
  }

  #keyOf(lock: string): string {
    const { group, tenant } = this.#options
    return lockNodeKey(group, tenant, lock)
  }
}

/** As soon as it is decided: nobody waits for a node that hangs. False when it is not, in that time. */
async function isMajority(votes: Promise<boolean>[], patienceMs: number): Promise<boolean> {
  const needed = majorityOf(votes.length)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), patienceMs)
  const count = { yes: 0, no: 0 }
  for (const vote of votes) {
    void vote.then((isYes) => {
      count[isYes ? 'yes' : 'no']++
      if (count.yes >= needed) resolve(true)
      if (count.no > votes.length - needed) resolve(false)
    })
  }
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
