import { SharedObject } from './shared-object.ts'

/** Keys and values as `hands.dict<Record<string, number>>()` or `hands.dict<Map<number, string>>()` has them. */
export type KeyOf<T> = T extends Map<infer K, unknown> ? K : keyof T
export type ValueOf<T, K = KeyOf<T>> = T extends Map<unknown, infer V> ? V : K extends keyof T ? T[K] : never

/** What a dict is made or updated from. */
export type Entries<T> = Partial<T extends Map<infer K, infer V> ? Map<K, V> : T> | Iterable<readonly [KeyOf<T>, ValueOf<T>]>

/**
 * Python's dict, shared. Keys are any values: 1 and '1' are two. It keeps the order in which keys came; each method is atomic. Values are
 * copies: what is changed in one that was read must be set again; shared objects inside stay live.
 */
export class SharedDict<T = Record<string, unknown>> extends SharedObject {
  /** The value of a key; `fallback`, or null, when there is none. */
  get<K extends KeyOf<T>>(key: K): Promise<ValueOf<T, K> | null>
  get<K extends KeyOf<T>, D>(key: K, fallback: D): Promise<ValueOf<T, K> | D>
  get(key: unknown, fallback: unknown = null): Promise<never> {
    return this.call('get', [key, fallback])
  }

  /** `d[key]`. Throws KeyError. */
  getItem<K extends KeyOf<T>>(key: K): Promise<ValueOf<T, K>> {
    return this.call('getItem', [key])
  }

  set<K extends KeyOf<T>>(key: K, value: ValueOf<T, K>): Promise<null> {
    return this.call('set', [key, value])
  }

  /** `del d[key]`. Throws KeyError. */
  delete(key: KeyOf<T>): Promise<null> {
    return this.call('delete', [key])
  }

  has(key: KeyOf<T>): Promise<boolean> {
    return this.call('has', [key])
  }

  size(): Promise<number> {
    return this.call('size')
  }

  keys(): Promise<KeyOf<T>[]> {
    return this.call('keys')
  }

  values(): Promise<ValueOf<T>[]> {
    return this.call('values')
  }

  items(): Promise<[KeyOf<T>, ValueOf<T>][]> {
    return this.call('items')
  }

  /** Takes a key out and gives its value; `fallback` when it is not there. Throws KeyError when there is no fallback either. */
  pop<K extends KeyOf<T>>(key: K, ...fallback: [] | [unknown]): Promise<ValueOf<T, K>> {
    return this.call('pop', fallback.length === 0 ? [key] : [key, fallback[0] ?? null])
  }

  /** Takes out the entry that came last. Throws KeyError when the dict is empty. */
  popItem(): Promise<[KeyOf<T>, ValueOf<T>]> {
    return this.call('popItem')
  }

  /** The value of a key, which is set to `fallback` if it is not there. */
  setDefault<K extends KeyOf<T>>(key: K, fallback: ValueOf<T, K> | null = null): Promise<ValueOf<T, K>> {
    return this.call('setDefault', [key, fallback])
  }

  /**
   * Sets many at once; resolves with the dict's new version.
   * @param options.version only if the dict still has this one. Throws VersionError
   */
  update(entries: Entries<T>, options: { version?: number } = {}): Promise<number> {
    return this.call('update', [entriesOf(entries), options.version])
  }

  clear(): Promise<null> {
    return this.call('clear')
  }

  /** Adds to a number at once, to 0 if the key is not there; resolves with the sum. Throws TypeError for what is no number. */
  increment(key: KeyOf<T>, amount = 1): Promise<number> {
    return this.call('increment', [key, amount])
  }

  /** How often it was written to: for `update`. */
  version(): Promise<number> {
    return this.call('version')
  }

  /** Its entries, as a Map. */
  async copy(): Promise<Map<KeyOf<T>, ValueOf<T>>> {
    return new Map(await this.items())
  }

  /** Its entries, as an object; for dicts whose keys are strings. */
  async toObject(): Promise<Partial<T>> {
    return Object.fromEntries((await this.items()) as [string, unknown][]) as Partial<T>
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<KeyOf<T>> {
    yield* await this.keys()
  }
}

/** Pairs of a Map, an object or a list of them. */
export function entriesOf(entries: object | undefined): [unknown, unknown][] {
  if (entries === undefined) return []
  return Symbol.iterator in entries ? Array.from(entries as Iterable<[unknown, unknown]>) : Object.entries(entries)
}
