import { randomUUID } from 'node:crypto'
import { refText, type WaitOptions } from '@manyhands/objects'
import { doorChannel, type Redis, type ScriptReply } from '@manyhands/redis'
import { answerOf, type Caller, operate, type PreparedCall, type ScriptAnswer } from './operate.ts'
import type { SharedContext } from './scripts.ts'

/** Somebody who waits has a name. */
export type Waiting = Caller & { owner: string }

/** One that waits here. */
interface Waiter {
  call: PreparedCall
  caller: Waiting
  settle(answer: ScriptAnswer | 'again'): void
}

/** One whose time was over, and who may come back for its place. */
interface Standing {
  call: PreparedCall
  timer: NodeJS.Timeout
  mayBeServed: boolean
}

/** Between two beats while anybody waits, in milliseconds. */
const beatMs = 1000
/** Owners of one `take`. */
const ownersPerTake = 500

/**
 * Callers that wait for shared objects, of one API process, or of one process that runs functions. Those that wait
 * stand in Redis, each in the line of its object, and cost no polling: a wake-up names who was handed something. Register, then call, then
 * wait; what a lost wake-up would cost is caught by the next beat, which tells what was handed to callers of this door.
 */
export class Waits {
  readonly #context: SharedContext
  readonly #subscriber: () => Promise<Redis>
  readonly #onError: (error: Error) => void
  readonly #id = randomUUID()
  readonly #waiters = new Map<string, Waiter>()
  readonly #woken = new Set<string>()
  /** Asked to take, and it is not known whether they did. */
  readonly #taking = new Set<string>()
  readonly #standing = new Map<string, Standing>()
  #mayBeForgotten = false
  #listening: Promise<void> | undefined
  #stopListening: () => void = () => undefined
  #timer: NodeJS.Timeout | undefined

  /** @param subscriber a pub/sub connection, asked for when the first waits; it is not closed here */
  constructor(context: SharedContext, subscriber: () => Promise<Redis>, onError: (error: Error) => void) {
    this.#context = context
    this.#subscriber = subscriber
    this.#onError = onError
  }

  /**
   * One call that may wait. When the time is over it is answered with what one gets that does not wait; `standing` leaves it in its line
   * then, for a while, and resolves with `waits`: whoever asks again under the same owner has its place still. Rejects with the signal's
   * reason; nothing is given to it then.
   */
  async wait(call: PreparedCall, caller: Waiting, { timeoutMs, signal }: WaitOptions, standing = false): Promise<ScriptAnswer> {
    await this.#listen()
    const end = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
    for (;;) {
      const answer = await this.#try(call, caller, end, signal)
      if (answer === 'again') continue
      if (answer !== 'late') return answer
      if (standing) return this.#stand(call, caller)
      const left = await this.leave(caller.owner, false, call)
      if (left) return left
    }
  }

  /** Until it is answered, the time is over, or it stands in no line any more. */
  async #try(
    call: PreparedCall,
    caller: Waiting,
    end: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ScriptAnswer | 'again' | 'late'> {
    signal?.throwIfAborted()
    const next = this.#register(call, caller)
    const first = this.#hasPlace(call, caller.owner) ? undefined : await this.#ask(call, caller)
    const answer = first ?? (await this.#until(next, end, signal, caller.owner))
    if (answer !== 'again') this.#waiters.delete(caller.owner)
    return answer
  }

  /** One that waits goes. Its answer, if it waited here; `gone`: there is nobody who would take it. */
  async leave(owner: string, gone: boolean, call: PreparedCall): Promise<ScriptAnswer | undefined> {
    const reply = await this.#context.scripts.leave(this.#context.tenant, owner, gone ? 1 : 0, this.#id)
    return reply === null ? undefined : answerOf(call, reply)
  }

  /** Ends the beats; those that wait go on at another door, when they ask again. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#stopListening()
  }

  #register(call: PreparedCall, caller: Waiting): Promise<ScriptAnswer | 'again'> {
    const { promise, resolve } = Promise.withResolvers<ScriptAnswer | 'again'>()
    this.#waiters.set(caller.owner, { call, caller, settle: resolve })
    this.#beatSoon(beatMs)
    return promise
  }

  /** Undefined: it stands in its line. */
  async #ask(call: PreparedCall, caller: Caller): Promise<ScriptAnswer | undefined> {
    try {
      const [first] = (await operate(this.#context, [call], caller, this.#id)) as [ScriptAnswer]
      if (first.answer !== 'waits') return first
      // a Condition's lock was let go
      if (first.work) await this.#context.nodes?.free(first.work.lock, first.work.mark)
      return undefined
    } catch (error) {
      this.#waiters.delete(caller.owner ?? '')
      throw error
    }
  }

  /** The answer, or `late`. */
  async #until(
    next: Promise<ScriptAnswer | 'again'>,
    end: number | undefined,
    signal: AbortSignal | undefined,
    owner: string,
  ): Promise<ScriptAnswer | 'again' | 'late'> {
    const { promise, resolve } = Promise.withResolvers<'late' | 'gone'>()
    const timer = end === undefined ? undefined : setTimeout(() => resolve('late'), Math.max(0, end - performance.now()))
    const onAbort = () => resolve('gone')
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const first = await Promise.race([next, promise])
      if (first !== 'gone') return first
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const waiter = this.#waiters.get(owner)
    this.#waiters.delete(owner)
    if (waiter) await this.leave(owner, true, waiter.call)
    throw signal?.reason
  }

  /** Its place is kept for those that ask again soon. What it is handed meanwhile stays reserved. */
  #stand(call: PreparedCall, { owner }: Waiting): ScriptAnswer {
    this.#waiters.delete(owner)
    const timer = setTimeout(() => {
      this.#standing.delete(owner)
      this.leave(owner, true, call).catch(this.#onError)
    }, 5 * beatMs).unref()
    this.#standing.set(owner, { call, timer, mayBeServed: false })
    return { answer: 'waits' }
  }

  /** One that comes back while it stands needs not to be asked for again. */
  #hasPlace({ call }: PreparedCall, owner: string): boolean {
    const standing = this.#standing.get(owner)
    if (!standing) return false
    clearTimeout(standing.timer)
    this.#standing.delete(owner)
    const before = standing.call.call
    return !standing.mayBeServed && before.method === call.method && refText(before.object) === refText(call.object)
  }

  #listen(): Promise<void> {
    this.#listening ??= this.#subscribe().catch((error: unknown) => {
      this.#listening = undefined
      throw error
    })
    return this.#listening
  }

  async #subscribe(): Promise<void> {
    const redis = await this.#subscriber()
    const channel = doorChannel(this.#context.group, this.#id)
    const onMessage = (from: string, owner: string) => {
      if (from === channel) this.#wake(owner)
    }
    const onReady = () => void this.#relisten(redis, channel).catch(this.#onError)
    await redis.subscribe(channel)
    redis.on('message', onMessage)
    redis.on('ready', onReady)
    this.#stopListening = () => {
      redis.off('message', onMessage)
      redis.off('ready', onReady)
    }
  }

  /** Redis may have forgotten those that came last before it went. */
  async #relisten(redis: Redis, channel: string): Promise<void> {
    this.#mayBeForgotten = true
    await redis.subscribe(channel)
  }

  /** Those that are woken in one turn take together. */
  #wake(owner: string): void {
    if (this.#woken.size === 0) setImmediate(() => this.#takeWoken())
    this.#woken.add(owner)
  }

  #takeWoken(): void {
    const owners = [...this.#woken]
    this.#woken.clear()
    this.#take(owners).catch(this.#onError)
  }

  /** What they were handed. Where the answer is lost, the next beat asks. */
  async #take(owners: string[]): Promise<void> {
    for (const owner of owners) this.#mayBeServed(owner)
    const here = owners.filter((owner) => this.#waiters.has(owner))
    for (let at = 0; at < here.length; at += ownersPerTake) await this.#takeSome(here.slice(at, at + ownersPerTake))
  }

  async #takeSome(owners: string[]): Promise<void> {
    for (const owner of owners) this.#taking.add(owner)
    const replies = (await this.#context.scripts.take(this.#context.tenant, ...owners)) as ScriptReply[]
    for (const [i, owner] of owners.entries()) this.#settle(owner, replies[i] ?? null)
  }

  #mayBeServed(owner: string): void {
    const standing = this.#standing.get(owner)
    if (standing) standing.mayBeServed = true
  }

  /** null: it still waits; 0: it stands in no line, and must ask again. */
  #settle(owner: string, reply: ScriptReply): void {
    this.#taking.delete(owner)
    const waiter = this.#waiters.get(owner)
    if (!waiter || reply === null) return
    waiter.settle(reply === 0 ? 'again' : answerOf(waiter.call, reply))
  }

  #beatSoon(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#beat().catch(this.#onError)
    }, ms).unref()
  }

  async #beat(): Promise<void> {
    let dueMs = beatMs
    try {
      const [isNew, due, given] = (await this.#context.scripts.beat(this.#context.tenant, this.#id)) as [number, number, string[]]
      if (due >= 0) dueMs = Math.min(beatMs, due + 1)
      if (isNew === 1 || this.#mayBeForgotten) await this.#takeAll()
      else await this.#take([...given, ...this.#taking])
    } finally {
      this.#timer = undefined
      if (this.#waiters.size + this.#standing.size > 0) this.#beatSoon(dueMs)
    }
  }

  async #takeAll(): Promise<void> {
    this.#mayBeForgotten = false
    await this.#take([...this.#waiters.keys(), ...this.#standing.keys()])
  }
}
