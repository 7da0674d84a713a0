import { SharedBarrier } from './barrier.ts'
import type { TypeCode } from './codes.ts'
import { SharedCondition } from './condition.ts'
import { randomId } from './context.ts'
import { SharedCounter } from './counter.ts'
import { entriesOf, SharedDict } from './dict.ts'
import { ValueError } from './errors.ts'
import { SharedEvent } from './event.ts'
import { SharedList } from './list.ts'
import { SharedLock, SharedRLock } from './lock.ts'
import { SharedNamespace } from './namespace.ts'
import { numbersOf, SharedArray, SharedValue } from './numbers.ts'
import { SharedConnection } from './pipe.ts'
import { SharedJoinableQueue, SharedQueue } from './queue.ts'
import { type ObjectType, objectNamePattern } from './ref.ts'
import { SharedSemaphore } from './semaphore.ts'
import { SharedSet } from './set.ts'
import type { Place } from './shared-object.ts'
import type { Transport } from './transport.ts'

/** Which object is meant: without a name it is a new one. */
export interface Named {
  /** 1 to 128 letters, digits, `.`, `_` or `-`. An object of this name that is there already is meant; it must have been made alike. */
  name?: string | undefined
}

/** A manager, as makers need it: what must be there before its objects. */
export interface Home {
  name: string
  made(): Promise<unknown>
}

const namePattern = new RegExp(objectNamePattern)

/** Throws ValueError for what is no name of a manager or an object. */
export function checkName(name: string): string {
  if (namePattern.test(name)) return name
  throw new ValueError(`${JSON.stringify(name)} is no name; meant are 1 to 128 letters, digits, dots, underscores and hyphens`)
}

/** Makes shared objects. Nothing is sent before the first use of one. */
export abstract class Makers {
  protected readonly transport: Transport

  constructor(transport: Transport) {
    this.transport = transport
  }

  /** Where an object of this name, or a new one, stands. */
  protected abstract home(name: string | undefined): Home

  /** @example const scores = hands.dict<Record<string, number>>({ alice: 1 }) */
  dict<T = Record<string, unknown>>(entries?: undefined, options?: Named): SharedDict<T>
  dict<K, V>(entries: Iterable<readonly [K, V]>, options?: Named): SharedDict<Map<K, V>>
  dict<T extends object>(entries: Partial<T>, options?: Named): SharedDict<T>
  dict(entries?: object, options: Named = {}): unknown {
    return new SharedDict(this.place('dict', options, [entriesOf(entries)]))
  }

  list<T = unknown>(values: Iterable<T> = [], options: Named = {}): SharedList<T> {
    return new SharedList<T>(this.place('list', options, [[...values]]))
  }

  set<T = unknown>(values: Iterable<T> = [], options: Named = {}): SharedSet<T> {
    return new SharedSet<T>(this.place('set', options, [[...values]]))
  }

  namespace<T extends object = Record<string, unknown>>(fields?: Partial<T>, options: Named = {}): SharedNamespace<T> {
    return new SharedNamespace<T>(this.place('namespace', options, [entriesOf(fields)]))
  }

  counter(value = 0, options: Named = {}): SharedCounter {
    return new SharedCounter(this.place('counter', options, [value]))
  }

  /** @param maxsize 0 or less = without a bound */
  queue<T = unknown>(maxsize = 0, options: Named = {}): SharedQueue<T> {
    return new SharedQueue<T>(this.place('queue', options, [maxsize]))
  }

  joinableQueue<T = unknown>(maxsize = 0, options: Named = {}): SharedJoinableQueue<T> {
    return new SharedJoinableQueue<T>(this.place('joinable-queue', options, [maxsize]))
  }

  simpleQueue<T = unknown>(options: Named = {}): SharedQueue<T> {
    return new SharedQueue<T>(this.place('simple-queue', options, []))
  }

  lock(options: Named = {}): SharedLock {
    return new SharedLock(this.place('lock', options, []))
  }

  rlock(options: Named = {}): SharedRLock {
    return new SharedRLock(this.place('rlock', options, []))
  }

  semaphore(value = 1, options: Named = {}): SharedSemaphore {
    return new SharedSemaphore(this.place('semaphore', options, [countOf(value), undefined]))
  }

  boundedSemaphore(value = 1, options: Named = {}): SharedSemaphore {
    return new SharedSemaphore(this.place('bounded-semaphore', options, [countOf(value), value]))
  }

  event(options: Named = {}): SharedEvent {
    return new SharedEvent(this.place('event', options, []))
  }

  condition(options: Named = {}): SharedCondition {
    const place = this.place('condition', options, [])
    return new SharedCondition({ ...place, create: [`${place.ref.name}.lock`] })
  }

  /** @param options.action run by the last that comes; @param options.timeout of each wait, in seconds */
  barrier(parties: number, { action, timeout, ...options }: Named & { action?: () => unknown; timeout?: number } = {}): SharedBarrier {
    if (!(Number.isInteger(parties) && parties > 0)) throw new ValueError(`a barrier of ${parties} parties: meant is an integer from 1 on`)
    return new SharedBarrier({ ...this.place('barrier', options, [parties, action !== undefined]), action, timeout })
  }

  /** Two ends; with `duplex: false` the first only receives, and the second only sends. */
  pipe({ duplex = true, ...options }: Named & { duplex?: boolean } = {}): [SharedConnection, SharedConnection] {
    const place = this.place('pipe', options, [duplex])
    const end = (side: 0 | 1) => new SharedConnection({ ...place, ref: { ...place.ref, name: `${place.ref.name}.${side}` } })
    return [end(0), end(1)]
  }

  protected place(type: ObjectType, { name }: Named, create: unknown[]): Place {
    const home = this.home(name)
    const own = name === undefined ? randomId() : checkName(name)
    return { transport: this.transport, ref: { manager: home.name, type, name: own }, create, after: () => home.made() }
  }
}

function countOf(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new ValueError(`a semaphore of ${value}: meant is an integer from 0 on`)
}

/** What `connect()` gives: unnamed objects end with the program, named ones stand in the manager `default`. */
export class Sharing extends Makers {
  protected home(name: string | undefined): Home {
    return name === undefined ? this.transport.ownManager() : { name: 'default', made: async () => undefined }
  }

  /**
   * A number of a C type: 'i', 'd', 'q' ...
   * @param options.lock false = without a lock beside it
   */
  value(code: TypeCode, value: number | bigint = 0, options: Named & { lock?: boolean } = {}): SharedValue<number> {
    return new SharedValue(this.place('value', options, numbersOf(code, [value], flagsOf(options.lock))))
  }

  /** Numbers of a C type. @param values how many, all 0, or which */
  array(code: TypeCode, values: Iterable<number | bigint> | number, options: Named & { lock?: boolean } = {}): SharedArray {
    return new SharedArray(this.place('array', options, numbersOf(code, listed(values), flagsOf(options.lock))))
  }
}

const flagsOf = (lock = true): string[] => (lock ? [] : ['bare'])
export const listed = <T>(values: Iterable<T> | number): T[] | number => (typeof values === 'number' ? values : [...values])
