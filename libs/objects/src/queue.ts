import { ValueError } from './errors.ts'
import { type Blocking, SharedObject, waitOf } from './shared-object.ts'

/** An item that was got with a lease: it comes back to the queue unless it is acked before the lease ends. */
export interface Delivery<T> {
  readonly value: T
  /** 1 at first; more after a lease that ended. */
  readonly deliveries: number
  /** Takes it out for good. Throws LockError when the lease has ended. */
  ack(): Promise<void>
}

/** Python's Queue, over the fleet: FIFO, each item to one getter, those that wait in the order in which they came. */
export class SharedQueue<T = unknown> extends SharedObject {
  #closed = false

  /** Adds one at the end; waits while the queue is full. Throws QueueFull when that takes too long. */
  async put(value: T, blocking: Blocking = {}): Promise<void> {
    this.#check()
    await this.call('put', [value], waitOf(blocking))
  }

  /** Throws QueueFull. */
  putNowait(value: T): Promise<void> {
    return this.put(value, { block: false })
  }

  /**
   * Takes the first one out; waits while the queue is empty. Throws QueueEmpty when that takes too long.
   * @param blocking.leaseMs gives it as a Delivery, at least once: it must be acked within so many milliseconds
   */
  get(blocking: Blocking & { leaseMs: number }): Promise<Delivery<T>>
  get(blocking?: Blocking): Promise<T>
  async get({ leaseMs, ...blocking }: Blocking & { leaseMs?: number } = {}): Promise<T | Delivery<T>> {
    this.#check()
    if (leaseMs === undefined) return this.call('get', [], waitOf(blocking))
    const { value, delivery, deliveries } = await this.call<{ value: T; delivery: string; deliveries: number }>(
      'lease',
      [leaseMs],
      waitOf(blocking),
    )
    return { value, deliveries, ack: async () => void (await this.call('ack', [delivery])) }
  }

  /** Throws QueueEmpty. */
  getNowait(): Promise<T> {
    return this.get({ block: false })
  }

  /** Python's qsize(): how many are in it. */
  size(): Promise<number> {
    return this.call('size')
  }

  async empty(): Promise<boolean> {
    return (await this.size()) === 0
  }

  full(): Promise<boolean> {
    return this.call('full')
  }

  /** This program puts and gets no more. */
  close(): void {
    this.#closed = true
  }

  /** Items as they come, for ever; ends with the signal's reason. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) yield await this.get()
  }

  #check(): void {
    if (this.#closed) throw new ValueError('the queue is closed here')
  }
}

/** A queue whose puts are counted until `taskDone()` answers them. */
export class SharedJoinableQueue<T = unknown> extends SharedQueue<T> {
  /** Says that the work on one item is done. Throws ValueError when there were not so many. */
  async taskDone(): Promise<void> {
    await this.call('taskDone')
  }

  /** Waits until each item has been answered by `taskDone()`; false when that takes longer than the timeout. */
  join(blocking: Blocking = {}): Promise<boolean> {
    return this.call('join', [], waitOf(blocking))
  }
}
