import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { taskStorage } from '@manyhands/functions'
import type { RedisSharing } from '@manyhands/shared-state'
import type { StartMessage } from '../messages.ts'
import { BurstSource } from './item-task.ts'
import type { Outbox } from './outbox.ts'

const require = createRequire(import.meta.url)
const shared = fileURLToPath(new URL(`./shared${extname(import.meta.url)}`, import.meta.url))

/** The shared objects of this process. What they are made of is loaded, and Redis connected, by the first that is used. */
export class ChildSharing {
  readonly #address: StartMessage['sharing']
  readonly #outbox: Outbox
  #transport: RedisSharing | undefined
  #shortestMs = Number.POSITIVE_INFINITY

  constructor(address: StartMessage['sharing'], outbox: Outbox) {
    this.#address = address
    this.#outbox = outbox
  }

  /** Undefined where there are none. */
  get transport(): RedisSharing | undefined {
    if (!this.#address) return undefined
    this.#transport ??= this.#load(this.#address)
    return this.#transport
  }

  /** What a `$shared` tag stands for. */
  readonly live = (ref: string): unknown => this.transport?.live(ref)

  /** Objects that stand in results, and are being made; undefined when there are none. */
  get pending(): Promise<unknown> | undefined {
    const pending = this.#transport?.announcements.pending ?? []
    return pending.length > 0 ? Promise.all(pending) : undefined
  }

  /** The parent renews often enough for the shortest lease that it has heard of. */
  #tellOf(ttlMs: number): void {
    if (ttlMs >= this.#shortestMs) return
    this.#shortestMs = ttlMs
    this.#outbox.send({ type: 'holds', ttlMs })
  }

  #load(address: NonNullable<StartMessage['sharing']>): RedisSharing {
    const { openSharing } = require(shared) as typeof import('./shared.ts')
    return openSharing(address, {
      onHolding: (ttlMs) => this.#tellOf(ttlMs),
      task: () => currentItem()?.claim,
      whileWaiting: (promise) => currentItem()?.whileWaiting(promise) ?? promise,
    })
  }
}

function currentItem(): BurstSource | undefined {
  const source = taskStorage().getStore()
  return source instanceof BurstSource ? source : undefined
}
