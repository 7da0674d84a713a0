import { setTimeout as pause } from 'node:timers/promises'
import type { NodeWork, ObjectAnswer, ScriptAnswer } from './operate.ts'
import type { LockVotes, SharedContext } from './scripts.ts'

/** Between two tries at most, in milliseconds; chance spreads those of several. */
const longestPauseMs = 50
const expired: ObjectAnswer = {
  error: { code: 'lock-expired', detail: 'the lock was granted, and its lease ended before a majority of the nodes said so' },
}

/**
 * What an answer needs where nodes vote for locks. A grant counts once a majority of them has it, and the Redis of the data still has it
 * then: it was first in its line there, and its token is larger than any before.
 */
export class Voting {
  readonly #context: SharedContext

  constructor(context: SharedContext) {
    this.#context = context
  }

  /** The answer as it holds; `refused`: the nodes did not say yes, and may do so later. */
  async settle({ answer, work }: ScriptAnswer): Promise<ObjectAnswer | 'refused'> {
    const { nodes } = this.#context
    if (!work || !nodes) return answer
    if (work.what === 'win') return this.#win(nodes, work)
    if (work.what === 'keep') return (await nodes.keep(work.lock, work.mark, work.ttlMs)) ? answer : expired
    await nodes.free(work.lock, work.mark)
    return answer
  }

  /** Tries again until the time is over: undefined then, and the lock is first in its line still. Rejects with the signal's reason. */
  async settleBy(found: ScriptAnswer, end: number | undefined, signal: AbortSignal | undefined): Promise<ObjectAnswer | undefined> {
    for (;;) {
      const settled = await this.settle(found)
      if (settled !== 'refused') return settled
      if (signal?.aborted || !(await this.#goOn(found.work as NodeWork))) break
      if (end !== undefined && performance.now() >= end) return undefined
      await pause(longestPauseMs * Math.random())
    }
    signal?.throwIfAborted()
    return expired
  }

  /** The lock is for the next in the line. */
  async letGo({ work }: ScriptAnswer): Promise<void> {
    if (work) await this.#hold(work, '', '')
  }

  async #win(nodes: LockVotes, work: NodeWork): Promise<ObjectAnswer | 'refused'> {
    const { lock, mark, token, ttlMs } = work
    const until = await nodes.win(lock, mark, ttlMs)
    if (until === undefined) return 'refused'
    const isHeld = await this.#hold(work, ttlMs, 1)
    const validityMs = Math.floor(until - performance.now())
    if (isHeld && validityMs > 0) return { value: JSON.stringify({ token, validityMs }) }
    await nodes.free(lock, mark)
    return isHeld ? 'refused' : expired
  }

  #goOn(work: NodeWork): Promise<boolean> {
    return this.#hold(work, work.ttlMs, '')
  }

  /** Whether the Redis of the data still has it so. */
  async #hold({ lock, token }: NodeWork, ttlMs: number | '', isWon: 1 | ''): Promise<boolean> {
    const { scripts, tenant } = this.#context
    return (await scripts.hold(tenant, lock, token, ttlMs, isWon)) === 1
  }
}
