import { VersionError } from './errors.ts'
import { SharedObject } from './shared-object.ts'

/** How a list is sorted: as `Array.prototype.toSorted`, or by numbers and texts alone, as Python does. */
export interface SortOptions<T> {
  key?: ((value: T) => unknown) | undefined
  reverse?: boolean | undefined
}

/** Python's list, shared. Each method is atomic; values are copies, shared objects inside stay live. */
export class SharedList<T = unknown> extends SharedObject {
  /** The value at a place; negative ones count from the end. Throws IndexError. */
  get(index: number): Promise<T> {
    return this.call('get', [index])
  }

  set(index: number, value: T): Promise<null> {
    return this.call('set', [index, value])
  }

  delete(index: number): Promise<null> {
    return this.call('delete', [index])
  }

  append(value: T): Promise<null> {
    return this.call('append', [value])
  }

  extend(values: Iterable<T>): Promise<null> {
    return this.call('extend', [[...values]])
  }

  /** Puts one before a place; beyond the ends, at that end. */
  insert(index: number, value: T): Promise<null> {
    return this.call('insert', [index, value])
  }

  /** Takes out the value at a place, the last if none is named. Throws IndexError. */
  pop(index?: number): Promise<T> {
    return this.call('pop', [index])
  }

  /** Takes out the first one that is equal. Throws ValueError. */
  remove(value: T): Promise<null> {
    return this.call('remove', [value])
  }

  /** The place of the first one that is equal. Throws ValueError. */
  index(value: T, start?: number, stop?: number): Promise<number> {
    return this.call('index', [value, start, stop])
  }

  count(value: T): Promise<number> {
    return this.call('count', [value])
  }

  has(value: T): Promise<boolean> {
    return this.call('has', [value])
  }

  size(): Promise<number> {
    return this.call('size')
  }

  reverse(): Promise<null> {
    return this.call('reverse')
  }

  /** Sorts it at once: others see it before, or after. */
  async sort(options: SortOptions<T> = {}): Promise<null> {
    for (;;) {
      const version = await this.call<number>('version')
      const values = sorted(await this.slice(), options)
      try {
        return await this.call('replace', [values, version])
      } catch (error) {
        if (!(error instanceof VersionError)) throw error
      }
    }
  }

  /** A copy of `l[start:stop:step]`. Throws ValueError for a step of 0. */
  async slice(start?: number, stop?: number, step = 1): Promise<T[]> {
    if (step === 1) return this.call('slice', [start, stop])
    return stepped(await this.call<T[]>('slice'), start, stop, step)
  }

  /** `l[start:stop] = values`: the list grows or shrinks by the difference. */
  setSlice(values: Iterable<T>, start?: number, stop?: number): Promise<null> {
    return this.call('setSlice', [[...values], start, stop])
  }

  /** `del l[start:stop]`. */
  deleteSlice(start?: number, stop?: number): Promise<null> {
    return this.call('deleteSlice', [start, stop])
  }

  clear(): Promise<null> {
    return this.call('clear')
  }

  copy(): Promise<T[]> {
    return this.slice()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    yield* await this.slice()
  }
}

function sorted<T>(values: T[], { key = (value) => value, reverse = false }: SortOptions<T>): T[] {
  const sign = reverse ? -1 : 1
  return values
    .map((value) => ({ value, by: key(value) }))
    .sort((a, b) => sign * compare(a.by, b.by))
    .map(({ value }) => value)
}

function compare(a: unknown, b: unknown): number {
  if (typeof a !== typeof b || !['number', 'string', 'bigint', 'boolean'].includes(typeof a))
    throw new TypeError(`values of type ${typeof a} and ${typeof b} have no order: give a key`)
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

/** Python's slice of any step. Throws TypeError for a step of 0. */
export function stepped<T>(values: T[], start: number | undefined, stop: number | undefined, step: number): T[] {
  if (step === 0 || !Number.isInteger(step)) throw new TypeError(`the step of a slice is ${step}; meant is an integer other than 0`)
  return step > 0
    ? forwards(values, clipped(start, 0, values.length, 0), clipped(stop, 0, values.length, values.length), step)
    : backwards(values, clipped(start, -1, values.length - 1, values.length - 1), clipped(stop, -1, values.length - 1, -1), step)

  function clipped(at: number | undefined, low: number, high: number, absent: number): number {
    if (at === undefined) return absent
    return Math.max(low, Math.min(high, at < 0 ? at + values.length : at))
  }
}

function forwards<T>(values: T[], from: number, to: number, step: number): T[] {
  const picked: T[] = []
  for (let i = from; i < to; i += step) picked.push(values[i] as T)
  return picked
}

function backwards<T>(values: T[], from: number, to: number, step: number): T[] {
  const picked: T[] = []
  for (let i = from; i > to; i += step) picked.push(values[i] as T)
  return picked
}
