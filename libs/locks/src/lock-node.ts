import { closeRedis, connectRedis, loadKeyScripts, type Redis, type Script } from '@manyhands/redis'

/** One of several independent Redis that vote for locks. */
export class LockNode {
  readonly #redis: Redis
  readonly #scripts: Record<'vote' | 'keep' | 'free', Script>
  readonly #quarantineMs: number
  #runId: string | undefined
  #votesFrom = Number.POSITIVE_INFINITY

  /** @param quarantineMs for so long one that has restarted does not vote: it may have forgotten a lock */
  constructor(url: string, quarantineMs: number, onError: (error: Error) => void, folder: string) {
    this.#redis = connectRedis(url, 'function', onError)
    this.#scripts = loadKeyScripts(this.#redis, folder, ['vote', 'keep', 'free'])
    this.#quarantineMs = quarantineMs
  }

  /** Whether the lock is ours here, and the node's word counts. Never rejects; it may take long. */
  async vote(key: string, mark: string, ttlMs: number): Promise<boolean> {
    try {
      const [isOurs, runId, uptime] = (await this.#scripts.vote(key, mark, ttlMs)) as unknown[]
      return this.#mayVote(String(runId), Number(uptime)) && isOurs === 1
    } catch {
      return false
    }
  }

  /** Whether it is still ours here. Never rejects; it may take long. */
  async keep(key: string, mark: string, ttlMs: number): Promise<boolean> {
    return (await this.#scripts.keep(key, mark, ttlMs).catch(() => 0)) === 1
  }

  /** Never rejects. What was asked before it on this connection is undone too. */
  async free(key: string, mark: string): Promise<void> {
    await this.#scripts.free(key, mark).catch(() => undefined)
  }

  close(): Promise<void> {
    return closeRedis(this.#redis)
  }

  /** A node that has restarted may have forgotten locks that are held: it is silent until the longest of them is over. */
  #mayVote(runId: string, uptimeSeconds: number): boolean {
    const now = performance.now()
    if (runId !== this.#runId) {
      // of one that was there before us only its own clock tells; it counts whole seconds
      const sinceStart = this.#runId === undefined ? 1000 * (uptimeSeconds - 1) : 0
      this.#votesFrom = now + this.#quarantineMs - Math.max(0, sinceStart)
      this.#runId = runId
    }
    return now >= this.#votesFrom
  }
}
