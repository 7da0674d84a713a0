import { shared } from '@manyhands/contracts/wire'
import type { Grant } from './grant.ts'
import { type ObjectRef, refText } from './ref.ts'
import type { Change, Fence, Transport, WaitOptions } from './transport.ts'

/** Where an object is, and how it is reached. */
export interface Place {
  transport: Transport
  ref: ObjectRef
  /** Arguments of its `create`; absent for one that another program made. */
  create?: readonly unknown[] | undefined
  /** What must be there before it. */
  after?: (() => Promise<unknown>) | undefined
  fence?: Fence | undefined
}

/** Seconds, as Python has them; absent = for ever, 0 or less = try once. */
export interface Blocking {
  /** false = try once, whatever the timeout says. */
  block?: boolean | undefined
  timeout?: number | undefined
  signal?: AbortSignal | undefined
}

const once: WaitOptions = { timeoutMs: 0 }

/** What all shared objects have in common. One that is made here comes into being with its first use, or when it is sent to others. */
export abstract class SharedObject {
  protected readonly place: Place
  #made: Promise<unknown> | undefined
  #isMade = false

  constructor(place: Place) {
    this.place = place
  }

  /** `<manager>/<type>/<name>`: the same for everybody who has this object. */
  get id(): string {
    return refText(this.place.ref)
  }

  /** As it travels in arguments, results and other objects. @internal: no part of the type, of which there are two (infra/pack) */
  [shared](): string {
    this.place.transport.announcements.add(this.make())
    return this.id
  }

  /** Resolves when the object is there. */
  async make(): Promise<void> {
    this.#made ??= this.#create()
    await this.#made
    this.#isMade = true
  }

  /**
   * All of it as it is, then each write, in order, until the loop is left. Where writes were missed, on a cut, all of it comes anew. Of a queue, a
   * lock and the like `value` is how it stands: its size, whether it is locked.
   * @example for await (const { version, value, method, args } of scores.watch()) ...
   */
  async *watch({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Change, void> {
    await this.make()
    yield* this.place.transport.changes(this.place.ref, signal)
  }

  /** The same object, whose writes are refused once the lock of the grant has been granted again. */
  fenced(grant: Pick<Grant, 'fence'>): this {
    const Kind = this.constructor as new (place: Place) => this
    return new Kind({ ...this.place, create: undefined, after: () => this.make(), fence: grant.fence })
  }

  protected call<T>(method: string, args: readonly unknown[] = [], wait: WaitOptions = once): Promise<T> {
    // without a detour once it is there: counters are called often
    return this.#isMade ? this.#send<T>(method, args, wait) : this.make().then(() => this.#send<T>(method, args, wait))
  }

  #send<T>(method: string, args: readonly unknown[], wait: WaitOptions): Promise<T> {
    const { transport, ref, fence } = this.place
    return transport.call({ object: ref, method, args, fence }, wait) as Promise<T>
  }

  async #create(): Promise<void> {
    const { transport, ref, create, after } = this.place
    await after?.()
    if (create) await transport.call({ object: ref, method: 'create', args: create }, { timeoutMs: 0 })
  }
}

/** A wait as transports take it. */
export function waitOf({ block = true, timeout, signal }: Blocking): WaitOptions {
  if (!block) return { timeoutMs: 0, signal }
  return { timeoutMs: timeout === undefined ? undefined : Math.max(0, timeout * 1000), signal }
}
