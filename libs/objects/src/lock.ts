import { ownerContext } from './context.ts'
import { LockError } from './errors.ts'
import { Grant } from './grant.ts'
import { type Blocking, type Place, SharedObject, waitOf } from './shared-object.ts'

/** How a lock is acquired. */
export interface Acquiring extends Blocking {
  /** How long it stays held when this program dies, in milliseconds. Default 15 s; while the program lives it is renewed. */
  ttlMs?: number | undefined
}

/** Of a lock that says nothing else, in milliseconds. */
const usualTtlMs = 15_000

/** Share of a lease that an answer may have taken: of one that came later, the lease begins anew. */
const fresh = 0.1

interface Granted {
  token: string
  validityMs: number
}

/** What Lock and RLock have in common. */
abstract class Lockable extends SharedObject {
  /** Whether somebody has it. */
  locked(): Promise<boolean> {
    return this.call('locked')
  }

  /** When the lease began at the earliest, by our clock: nobody has a lock whose lease may be over. Undefined when it is over indeed. */
  async #since(sentAt: number, token: string, ttlMs: number): Promise<number | undefined> {
    const now = performance.now()
    if (now - sentAt < fresh * ttlMs) return sentAt
    try {
      await this.call('extend', [token, ttlMs])
      return now
    } catch (error) {
      if (error instanceof LockError) return undefined
      throw error
    }
  }

  protected async grab(args: (ttlMs: number, holder: string) => unknown[], options: Acquiring, release: Release): Promise<Grant | null> {
    const { transport } = this.place
    const ttlMs = options.ttlMs ?? usualTtlMs
    const holder = await transport.holder(ttlMs)
    const sentAt = performance.now()
    const granted = await this.#granted(args(ttlMs, holder), options)
    if (granted === null) return null
    const since = granted && (await this.#since(sentAt, granted.token, ttlMs))
    if (!granted || since === undefined) return this.grab(args, restOf(options, sentAt), release)
    return new Grant(transport, { lock: this.id, token: granted.token, ttlMs, since }, release)
  }

  /** Undefined: its lease had ended before it was told. */
  async #granted(args: unknown[], options: Acquiring): Promise<Granted | null | undefined> {
    try {
      return await this.call<Granted | null>('acquire', args, waitOf(options))
    } catch (error) {
      if (error instanceof LockError) return undefined
      throw error
    }
  }
}

/** What is left of the time after one that was granted too late. */
function restOf(options: Acquiring, sentAt: number): Acquiring {
  if (options.timeout === undefined) return options
  return { ...options, timeout: options.timeout - (performance.now() - sentAt) / 1000 }
}

type Release = (token: string) => Promise<unknown>

/** Python's Lock over the fleet: one at a time has it, anybody may release it, who waits gets it in turn. */
export class SharedLock extends Lockable {
  /**
   * Waits until it is free. Resolves with the grant, or with null when that takes longer than the timeout.
   * @example await using grant = await lock.acquire()
   */
  acquire(): Promise<Grant>
  acquire(options: Acquiring): Promise<Grant | null>
  acquire(options: Acquiring = {}): Promise<Grant | null> {
    return this.grab(
      (ttlMs, holder) => [ttlMs, holder],
      options,
      (token) => this.release({ token }),
    )
  }

  /**
   * Sets it free, whoever has it: Python's Lock has no owner. Throws ValueError when nobody has it.
   * @param options.token only if its holder has this token. Throws LockError
   */
  async release(options: { token?: string } = {}): Promise<void> {
    await this.call('release', [options.token])
  }

  /** Runs `body` with the lock held. */
  async with<R>(body: (grant: Grant) => R | Promise<R>): Promise<R> {
    await using grant = await this.acquire()
    return await body(grant)
  }
}

/** Python's RLock over the fleet: whoever has it may acquire it again, and it is free after as many releases. */
export class SharedRLock extends Lockable {
  readonly #handle = ownerContext.fresh()

  /** Who acquires: what runs inside `with`, else this handle. */
  get owner(): string {
    return ownerContext.current() ?? this.#handle
  }

  acquire(): Promise<Grant>
  acquire(options: Acquiring & { owner?: string; levels?: number }): Promise<Grant | null>
  acquire({ owner = this.owner, levels, ...options }: Acquiring & { owner?: string; levels?: number } = {}): Promise<Grant | null> {
    return this.grab(
      (ttlMs, holder) => [owner, ttlMs, holder, levels],
      options,
      () => this.release({ owner }),
    )
  }

  /** Gives one level back. Throws AssertionError for one who does not have it. */
  async release(options: { owner?: string } = {}): Promise<void> {
    await this.call('release', [options.owner ?? this.owner])
  }

  /** Runs `body` with the lock held; what it calls may acquire it again. */
  with<R>(body: (grant: Grant) => R | Promise<R>): Promise<R> {
    return ownerContext.run(async () => {
      await using grant = await this.acquire()
      return await body(grant)
    })
  }

  /** Acquires it for one who is nobody else: for `getLock()`. */
  async acquireAlone(): Promise<Grant> {
    const owner = ownerContext.current() ?? ownerContext.fresh()
    return (await this.acquire({ owner })) as Grant
  }
}

/** The RLock beside another object. */
export function companion(place: Place, name = `${place.ref.name}.lock`): SharedRLock {
  const { create, ...rest } = place
  return new SharedRLock({ ...rest, ref: { ...place.ref, type: 'rlock', name }, create: create && [] })
}
