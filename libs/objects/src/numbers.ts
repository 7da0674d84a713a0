import { fits, pack, sizeOf, type TypeCode, unpack } from './codes.ts'
import { OverflowError, SharedTypeError } from './errors.ts'
import type { Grant } from './grant.ts'
import { stepped } from './list.ts'
import { companion, type SharedRLock } from './lock.ts'
import { SharedObject } from './shared-object.ts'

type Num = number | bigint

/** What it was made with. */
interface Nature {
  code: TypeCode | '*'
  /** `exact`: what does not fit is refused, as by a Manager's Array; else it wraps, as in C. `bare`: without a lock. */
  flags: string
  size: number
}

/** Arguments of `create` for numbers of a C type. Throws TypeError for a code that is none. */
export function numbersOf(code: TypeCode, values: readonly Num[] | number, flags: string[]): unknown[] {
  const bytes = sizeOf(code)
  const content = typeof values === 'number' ? new Uint8Array(values * bytes) : packed(code, values, flags.includes('exact'))
  return [code, bytes, flags.join(' ') || '-', content]
}

function packed(code: TypeCode, values: readonly Num[], exact: boolean): Uint8Array {
  try {
    const bytes = pack(code, values)
    const odd = exact ? values.find((value) => !fits(code, value)) : undefined
    if (odd !== undefined) throw new OverflowError({ code: 'overflow-error', detail: `${odd} does not fit into the type "${code}"` })
    return bytes
  } catch (error) {
    if (error instanceof TypeError) throw new SharedTypeError({ code: 'type-error', detail: error.message })
    throw error
  }
}

/** What Value and Array have in common: numbers of one C type, and a lock beside them. */
abstract class Numbers extends SharedObject {
  #nature: Promise<Nature> | undefined
  #lock: SharedRLock | undefined

  /** The RLock beside it. A Value or Array that was made with `lock: false` has none: its methods say object-not-found. */
  get lock(): SharedRLock {
    this.#lock ??= companion(this.#isBare ? { ...this.place, create: undefined } : this.place)
    return this.#lock
  }

  /** Acquires the lock beside it: `await using _ = await value.getLock()`. */
  async getLock(): Promise<Grant> {
    await this.make()
    return this.lock.acquireAlone()
  }

  override async make(): Promise<void> {
    await super.make()
    if (!this.#isBare) await this.lock.make()
  }

  /** Of one that another program made nothing is known: its lock is there, or not. */
  get #isBare(): boolean {
    return String(this.place.create?.[2] ?? 'bare').includes('bare')
  }

  protected nature(): Promise<Nature> {
    this.#nature ??= this.#askNature()
    return this.#nature
  }

  protected async packed(values: readonly Num[]): Promise<Uint8Array> {
    const { code, flags } = await this.nature()
    return packed(code as TypeCode, values, flags.includes('exact'))
  }

  protected async unpacked(bytes: Uint8Array): Promise<Num[]> {
    return unpack((await this.nature()).code as TypeCode, bytes)
  }

  async #askNature(): Promise<Nature> {
    const { create } = this.place
    if (!create) return this.call<Nature>('nature')
    const [code, bytes, flags, content] = create as [TypeCode | '*', number, string, Uint8Array | undefined]
    return { code, flags, size: content ? content.length / bytes : 1 }
  }
}

/** Arguments of `create` for a Value that holds anything. */
export const anythingOf = (value: unknown): unknown[] => ['*', 1, 'bare', undefined, value]

/** Python's Value: one number of a C type, or (a Manager's) one of anything. */
export class SharedValue<T = number> extends Numbers {
  async get(): Promise<T> {
    const { code } = await this.nature()
    if (code === '*') return this.call('getAny')
    const [value] = await this.unpacked(await this.call<Uint8Array>('get', [code, 0]))
    return value as T
  }

  /** Throws TypeError for what the type can't hold; what is too large wraps, as in C. */
  async set(value: T): Promise<void> {
    const { code } = await this.nature()
    if (code === '*') await this.call('setAny', [value])
    else await this.call('set', [code, 0, await this.packed([value as number])])
  }

  /** Adds at once, without a lock; resolves with the sum. */
  async add(amount: Num = 1): Promise<T> {
    const { code } = await this.nature()
    if (code === '*')
      throw new SharedTypeError({ code: 'type-error', detail: 'a Value of any type has no add(): use a counter, or getLock()' })
    const [sum] = await this.unpacked(await this.call<Uint8Array>('add', [code, 0, await this.packed([amount])]))
    return sum as T
  }
}

/** Python's Array: numbers of one C type, as many as at first. */
export class SharedArray extends Numbers {
  /** Throws IndexError. */
  async get(index: number): Promise<Num> {
    const { code } = await this.nature()
    const [value] = await this.unpacked(await this.call<Uint8Array>('get', [code, index]))
    return value as Num
  }

  async set(index: number, value: Num): Promise<void> {
    const { code } = await this.nature()
    await this.call('set', [code, index, await this.packed([value])])
  }

  /** Adds to one at once; resolves with the sum. */
  async add(index: number, amount: Num = 1): Promise<Num> {
    const { code } = await this.nature()
    const [sum] = await this.unpacked(await this.call<Uint8Array>('add', [code, index, await this.packed([amount])]))
    return sum as Num
  }

  /** A copy of `a[start:stop:step]`. */
  async slice(start?: number, stop?: number, step = 1): Promise<Num[]> {
    if (step !== 1) return stepped(await this.slice(), start, stop, step)
    return this.unpacked(await this.bytes(start, stop))
  }

  /** `a[start:stop] = values`. Throws ValueError for another length, and nothing is changed. */
  async setSlice(values: Iterable<Num>, start?: number, stop?: number): Promise<void> {
    await this.setBytes(await this.packed([...values]), start, stop)
  }

  /** `[start, stop)` as bytes, the highest of each number first. */
  async bytes(start?: number, stop?: number): Promise<Uint8Array> {
    return this.call('read', [(await this.nature()).code, start, stop])
  }

  /** What `bytes` gave, back. */
  async setBytes(content: Uint8Array, start?: number, stop?: number): Promise<void> {
    await this.call('write', [(await this.nature()).code, start, stop, content])
  }

  async size(): Promise<number> {
    return (await this.nature()).size
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Num> {
    yield* await this.slice()
  }
}
