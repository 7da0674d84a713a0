import { decode } from '@manyhands/contracts/wire'
import {
  Announcements,
  ArgumentError,
  type Change,
  type Held,
  liveObject,
  type ObjectCall,
  type ObjectRef,
  objectError,
  randomId,
  refText,
  Sequence,
  type Transport,
  type WaitOptions,
  Watch,
} from '@manyhands/objects'
import { closeRedis, connectRedis, type Redis, redisTrouble } from '@manyhands/redis'
import type { ObjectNews } from './changes.ts'
import { Door } from './door.ts'
import { renewLocks } from './leases.ts'
import { makeManager } from './managers.ts'
import { type ObjectAnswer, type PreparedCall, prepare, type TaskAttempt } from './operate.ts'
import { type LockVotes, type SharedContext, sharedContext } from './scripts.ts'

type ClosableVotes = LockVotes & { close(): Promise<void> }

export interface RedisSharingOptions {
  url: string
  group: string
  tenant: string
  /** Whose end sets locks free: whoever looks after this process renews them. */
  holder: string
  /** Told that a lock is about to be acquired, whose lease is so long: whoever looks after the holder renews it often enough. */
  onHolding: (ttlMs: number) => void
  /** Nodes that vote for locks, asked for with the first call. */
  nodes?: (() => ClosableVotes | undefined) | undefined
  /** The try of the task that runs now, if one does. */
  task: () => TaskAttempt | undefined
  /** Told of every call that may wait, and may hold its answer up. */
  whileWaiting: <T>(promise: Promise<T>) => Promise<T>
}

/** The way of functions to shared objects: straight to Redis. */
export interface RedisSharing extends Transport {
  close(): Promise<void>
}

/** How long a call is tried again while Redis is away, in milliseconds. */
const patienceMs = 15_000
/** An answer of Redis may take so long at least before a lock counts as lost, in milliseconds. */
const confirmMs = 50
/** Renewals in a lease. */
const renewalsPerLease = 6
const batch = { count: 1000, weight: 4 << 20 }

/** An object that a function makes without a name may be in its result: it lives as long as results do, a day, in milliseconds. */
const unnamedMs = 86_400_000
/** For so long a process puts those that it makes into the same manager, in milliseconds. */
const managerTurnMs = 3_600_000

interface OwnManager {
  name: string
  /** By `performance.now()`. */
  since: number
  made: Promise<unknown> | undefined
}

/** Connects when the first call is made. */
export function redisSharing(options: RedisSharingOptions): RedisSharing {
  return new RedisTransport(options)
}

/** Calls of one try of a task, in order: each is judged by its own. */
interface Run {
  task: TaskAttempt | undefined
  sequence: Sequence<PreparedCall, ObjectAnswer>
}

class RedisTransport implements RedisSharing {
  readonly announcements = new Announcements()
  readonly #options: RedisSharingOptions
  readonly #owner = randomId()
  #manager: OwnManager | undefined
  #run: Run | undefined
  #redis: Redis | undefined
  #subscriber: Redis | undefined
  #nodes: ClosableVotes | undefined
  #opened: { context: SharedContext; door: Door } | undefined
  #waits = 0
  readonly #watch = new Watch(() => this.#confirm())
  #renewal: NodeJS.Timeout | undefined

  constructor(options: RedisSharingOptions) {
    this.#options = options
  }

  async call(call: ObjectCall, wait: WaitOptions = { timeoutMs: 0 }): Promise<unknown> {
    wait.signal?.throwIfAborted()
    const [prepared, announced] = this.announcements.during(() => prepareFor(call))
    if (announced.length > 0) await Promise.all(announced)
    const task = this.#options.task()
    const mayWait = wait.timeoutMs === undefined || wait.timeoutMs > 0
    const answer = mayWait && !prepared.method.tries ? 'waits' : await this.#once(prepared, mayWait, task)
    return this.#read(answer === 'waits' ? await this.#options.whileWaiting(this.#wait(prepared, task, wait)) : answer)
  }

  async *changes(object: ObjectRef, signal?: AbortSignal): AsyncGenerator<Change, void> {
    const news = this.#open().door.watch(object, signal)
    const next = () => this.#options.whileWaiting(news.next())
    try {
      for (let one = await next(); !one.done; one = await next()) {
        if (one.value.type === 'gone') throw objectError({ code: 'object-not-found', detail: `there is no ${refText(object)}` })
        if (one.value.type !== 'idle') yield this.#changeOf(one.value)
      }
    } finally {
      await news.return()
    }
  }

  #changeOf(news: ObjectNews & { type: 'state' | 'change' }): Change {
    const read = (text: string) => decode(text, 'tagged', (ref) => this.live(ref))
    if (news.type === 'state') return { version: news.version, value: read(news.value) }
    return { version: news.version, method: news.method, args: read(news.args) as unknown[] }
  }

  ownManager(): { name: string; made(): Promise<unknown> } {
    if (!this.#manager || performance.now() - this.#manager.since > managerTurnMs)
      this.#manager = { name: randomId(), since: performance.now(), made: undefined }
    const manager = this.#manager
    return {
      name: manager.name,
      made: () => {
        manager.made ??= this.#makeManager(manager.name).catch((error: unknown) => {
          manager.made = undefined
          throw error
        })
        return manager.made
      },
    }
  }

  #makeManager(name: string): Promise<unknown> {
    const { context } = this.#open()
    return this.#patiently(() => makeManager(context, name, { ttlMs: managerTurnMs + unnamedMs }))
  }

  async holder(ttlMs: number): Promise<string> {
    this.#options.onHolding(ttlMs)
    return this.#options.holder
  }

  watch(held: Held): () => void {
    const stop = this.#watch.add(held)
    this.#renewSoon()
    return stop
  }

  /** The supervisor renews too, whatever this process computes; but only here is it known that a lock was lost. */
  #renewSoon(): void {
    const ttlMs = this.#watch.shortestMs
    if (ttlMs === undefined) return
    this.#renewal ??= setTimeout(() => {
      this.#renewal = undefined
      void this.#renew()
    }, ttlMs / renewalsPerLease).unref()
  }

  /** The supervisor may have renewed while this process was busy: Redis knows. No longer than a small part of the lease. */
  async #confirm(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, Math.max(confirmMs, (this.#watch.shortestMs ?? 0) / 10))
    await Promise.race([this.#renew(), late.promise])
    clearTimeout(timer)
  }

  async #renew(): Promise<void> {
    const at = performance.now()
    try {
      this.#watch.renewed(await renewLocks(this.#open().context, this.#options.holder), at)
    } catch {
      // the watch tells in time
    }
    this.#renewSoon()
  }

  live(ref: string): unknown {
    return liveObject(this, ref)
  }

  async close(): Promise<void> {
    clearTimeout(this.#renewal)
    this.#opened?.door.stop()
    await Promise.all([this.#nodes?.close(), ...[this.#redis, this.#subscriber].map((redis) => redis && closeRedis(redis))])
  }

  /** In its turn; one that may wait is only tried. */
  #once(prepared: PreparedCall, tries: boolean, task: TaskAttempt | undefined): Promise<ObjectAnswer> {
    const call = tries ? { ...prepared, call: { ...prepared.call, tries } } : prepared
    return this.#runOf(task).sequence.call(call, weightOf(prepared))
  }

  #read(answer: ObjectAnswer): unknown {
    if (answer === 'waits') throw new Error('a call that waits was not waited for')
    if ('error' in answer) throw objectError(answer.error)
    if (answer.bytes) return new Uint8Array(answer.bytes)
    return decode(answer.value, 'tagged', (ref) => this.live(ref))
  }

  #runOf(task: TaskAttempt | undefined): Run {
    const run = this.#run
    if (run && run.task?.job === task?.job && run.task?.chunk === task?.chunk && run.task?.attempt === task?.attempt) return run
    const owner = randomId()
    const send = (calls: PreparedCall[], number: number) => this.#patiently(() => this.#open().door.operate(calls, { owner, number, task }))
    this.#run = { task, sequence: new Sequence(send, batch) }
    return this.#run
  }

  async #wait(call: PreparedCall, task: TaskAttempt | undefined, wait: WaitOptions): Promise<ObjectAnswer> {
    const { door } = this.#open()
    const caller = { owner: `${this.#owner}.${++this.#waits}`, number: 1, task }
    return this.#patiently(() => door.wait(call, caller, wait))
  }

  /** A call whose answer was lost is sent again: it is done once all the same. */
  async #patiently<T>(send: () => Promise<T>): Promise<T> {
    const end = performance.now() + patienceMs
    for (let pause = 20; ; pause = Math.min(2 * pause, 500)) {
      try {
        return await send()
      } catch (error) {
        if (redisTrouble(error) !== 'unavailable' || performance.now() > end) throw error
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }

  #open(): { context: SharedContext; door: Door } {
    this.#opened ??= this.#connect()
    return this.#opened
  }

  #connect(): { context: SharedContext; door: Door } {
    const { url, group, tenant } = this.#options
    // its failures come to light in the calls
    const onError = () => undefined
    this.#redis = connectRedis(url, 'function', onError)
    this.#nodes = this.#options.nodes?.()
    const context = sharedContext(this.#redis, group, tenant, this.#nodes)
    const subscriber = async () => {
      this.#subscriber ??= connectRedis(url, 'subscriber', onError)
      return this.#subscriber
    }
    return { context, door: new Door(context, subscriber, onError) }
  }
}

/** About how large a call is. */
function weightOf({ args }: PreparedCall): number {
  let weight = 100
  for (const arg of args) weight += arg.length
  return weight
}

/** Throws as the object would. */
function prepareFor(call: ObjectCall): PreparedCall {
  try {
    return prepare(call)
  } catch (error) {
    throw error instanceof ArgumentError ? objectError(error) : error
  }
}
