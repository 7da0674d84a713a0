import { canonical } from './canonical.ts'
import { SharedObject } from './shared-object.ts'

/** What sets are compared and combined with. */
export type Members<T> = Iterable<T> | SharedSet<T>

/** Python's set, shared. Values are equal when what they carry is; those that change it are atomic. */
export class SharedSet<T = unknown> extends SharedObject {
  add(value: T): Promise<null> {
    return this.call('add', [value])
  }

  /** Throws KeyError for one that is not there. */
  remove(value: T): Promise<null> {
    return this.call('remove', [value])
  }

  discard(value: T): Promise<null> {
    return this.call('discard', [value])
  }

  /** Takes any one out. Throws KeyError when the set is empty. */
  pop(): Promise<T> {
    return this.call('pop')
  }

  has(value: T): Promise<boolean> {
    return this.call('has', [value])
  }

  size(): Promise<number> {
    return this.call('size')
  }

  values(): Promise<T[]> {
    return this.call('values')
  }

  clear(): Promise<null> {
    return this.call('clear')
  }

  async update(...others: Members<T>[]): Promise<null> {
    return this.call('update', [await joined(others)])
  }

  async differenceUpdate(...others: Members<T>[]): Promise<null> {
    return this.call('differenceUpdate', [await joined(others)])
  }

  async intersectionUpdate(...others: Members<T>[]): Promise<null> {
    const [first, ...more] = await Promise.all(others.map(keyed))
    const common = first ? [...first].filter(([key]) => more.every((other) => other.has(key))) : []
    return this.call('intersectionUpdate', [others.length === 0 ? await this.values() : common.map(([, value]) => value)])
  }

  async symmetricDifferenceUpdate(other: Members<T>): Promise<null> {
    return this.call('symmetricDifferenceUpdate', [await membersOf(other)])
  }

  async union(...others: Members<T>[]): Promise<T[]> {
    return [...(await keyed([...(await this.values()), ...(await joined(others))])).values()]
  }

  async intersection(...others: Members<T>[]): Promise<T[]> {
    const all = await Promise.all(others.map(keyed))
    return (await this.#entries()).filter(([key]) => all.every((other) => other.has(key))).map(([, value]) => value)
  }

  async difference(...others: Members<T>[]): Promise<T[]> {
    const gone = await keyed(await joined(others))
    return (await this.#entries()).filter(([key]) => !gone.has(key)).map(([, value]) => value)
  }

  async symmetricDifference(other: Members<T>): Promise<T[]> {
    const [mine, theirs] = [new Map(await this.#entries()), await keyed(other)]
    const alone = (one: Map<string, T>, two: Map<string, T>) => [...one].filter(([key]) => !two.has(key)).map(([, value]) => value)
    return [...alone(mine, theirs), ...alone(theirs, mine)]
  }

  async isDisjoint(other: Members<T>): Promise<boolean> {
    return (await this.intersection(other)).length === 0
  }

  async isSubset(other: Members<T>): Promise<boolean> {
    return (await this.difference(other)).length === 0
  }

  async isSuperset(other: Members<T>): Promise<boolean> {
    const mine = new Map(await this.#entries())
    return [...(await keyed(other)).keys()].every((key) => mine.has(key))
  }

  async copy(): Promise<Set<T>> {
    return new Set(await this.values())
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    yield* await this.values()
  }

  async #entries(): Promise<[string, T][]> {
    return (await this.values()).map((value) => [canonical(value), value])
  }
}

const membersOf = async <T>(members: Members<T>): Promise<T[]> => (members instanceof SharedSet ? members.values() : [...members])
const joined = async <T>(others: Members<T>[]): Promise<T[]> => (await Promise.all(others.map(membersOf))).flat()
const keyed = async <T>(members: Members<T>): Promise<Map<string, T>> =>
  new Map((await membersOf(members)).map((value) => [canonical(value), value]))
