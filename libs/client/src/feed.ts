import { ValueError } from './errors.ts'
import { type Lines, LineWriter } from './line-writer.ts'
import type { Source } from './signatures.ts'

/** Some of the input; `ended` with the last of it. */
export interface Batch extends Lines {
  ended: boolean
}

/** Input, taken in batches at the pace of whoever takes. */
export interface Feed {
  /** Items, if the input knows how many. */
  readonly length: number | undefined
  /** It gathers by itself between two takes; the others work only while they are taken from. */
  readonly gathers: boolean
  /** What the source threw, or why an item can't be sent. Either ends the input: what came before stands. */
  readonly failure: { error: unknown } | undefined
  /** About `bytes` of items, or fewer when the source is slow; none when it is silent for `silenceMs`. */
  take(bytes: number, silenceMs: number): Promise<Batch>
  /** No more is wanted: a generator's `finally` runs. */
  stop(): void
}

export function feedOf(source: Source<unknown>): Feed {
  if (isList(source)) return new ListFeed(source)
  // a string is an iterable of its letters, as in Python
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = Object(source) as Partial<AsyncIterable<unknown> & Iterable<unknown>>
  if (async) return new AsyncFeed(async.call(source))
  if (sync) return new SyncFeed(sync.call(source))
  throw new ValueError(`the items are ${describe(source)}; meant is an array, an iterable or an async iterable`)
}

const describe = (source: unknown) => (typeof source === 'object' && source !== null ? 'an object that cannot be iterated' : String(source))

function isList(source: unknown): source is ArrayLike<unknown> {
  return Array.isArray(source) || (ArrayBuffer.isView(source) && 'length' in source)
}

/** An array: as long as it was at the call. */
class ListFeed implements Feed {
  readonly length: number
  readonly gathers = false
  failure: { error: unknown } | undefined
  readonly #list: ArrayLike<unknown>
  readonly #writer = new LineWriter()
  #at = 0

  constructor(list: ArrayLike<unknown>) {
    this.#list = list
    this.length = list.length
  }

  async take(bytes: number): Promise<Batch> {
    try {
      this.#write(bytes)
    } catch (error) {
      this.failure = { error }
      this.stop()
    }
    return { ...this.#writer.take(), ended: this.#at === this.length }
  }

  stop(): void {
    this.#at = this.length
  }

  #write(bytes: number): void {
    const [list, writer, length] = [this.#list, this.#writer, this.length]
    for (; this.#at < length && writer.size < bytes; this.#at++) writer.write(list[this.#at])
  }
}

/** Longest stretch of taking from a synchronous source, in milliseconds: what there is by then is on its way to a worker. */
const STRETCH_MS = 10
/** Items between two looks at the clock. */
const STRIDE = 64

/** Any other synchronous iterable, endless ones included: taken from only when asked. */
class SyncFeed implements Feed {
  readonly length = undefined
  readonly gathers = false
  failure: { error: unknown } | undefined
  readonly #iterator: Iterator<unknown>
  readonly #writer = new LineWriter()
  #ended = false

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator
  }

  async take(bytes: number): Promise<Batch> {
    const until = performance.now() + STRETCH_MS
    for (let n = 1; !this.#ended && this.#writer.size < bytes; n++) {
      this.#step()
      if (n % STRIDE === 0 && performance.now() > until) break
    }
    return { ...this.#writer.take(), ended: this.#ended }
  }

  stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#iterator.return?.()
  }

  #step(): void {
    const next = this.#next()
    if (next.done) this.#ended = true
    else this.#write(next.value)
  }

  #next(): IteratorResult<unknown> {
    try {
      return this.#iterator.next()
    } catch (error) {
      this.failure = { error }
      return { done: true, value: undefined }
    }
  }

  #write(item: unknown): void {
    try {
      this.#writer.write(item)
    } catch (error) {
      this.failure = { error }
      this.stop()
    }
  }
}

/**
 * An async iterable. A pump takes from it and stops while a full batch waits; what has gathered goes out at every `take`,
 * so a slow source sends its items one by one and a fast one in large batches, without a timer.
 */
class AsyncFeed implements Feed {
  readonly length = undefined
  readonly gathers = true
  failure: { error: unknown } | undefined
  readonly #iterator: AsyncIterator<unknown>
  readonly #writer = new LineWriter()
  #ended = false
  #room = 0
  #news = Promise.withResolvers<void>()
  #wanted = Promise.withResolvers<void>()
  #pump: Promise<void> | undefined

  constructor(iterator: AsyncIterator<unknown>) {
    this.#iterator = iterator
  }

  async take(bytes: number, silenceMs: number): Promise<Batch> {
    this.#room = bytes
    this.#pump ??= this.#run()
    if (this.#writer.count === 0 && !this.#ended) await this.#newsWithin(silenceMs)
    const lines = this.#writer.take()
    this.#wanted.resolve()
    return { ...lines, ended: this.#ended }
  }

  stop(): void {
    if (this.#ended) return
    this.#end()
    // A generator that is inside an await answers when that is over, which may be never: it is told, and not waited for.
    this.#iterator.return?.().then(undefined, () => undefined)
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ended) {
        const next = await this.#iterator.next()
        if (next.done) break
        if (!this.#ended) await this.#put(next.value)
      }
    } catch (error) {
      this.failure ??= { error }
    }
    this.#end()
  }

  async #put(item: unknown): Promise<void> {
    try {
      this.#writer.write(item)
    } catch (error) {
      this.failure = { error }
      this.stop()
    }
    this.#news.resolve()
    if (this.#ended || this.#writer.size < this.#room) return
    this.#wanted = Promise.withResolvers()
    await this.#wanted.promise
  }

  #end(): void {
    this.#ended = true
    this.#news.resolve()
    this.#wanted.resolve()
  }

  async #newsWithin(ms: number): Promise<void> {
    this.#news = Promise.withResolvers()
    const timer = setTimeout(this.#news.resolve, ms)
    await this.#news.promise
    clearTimeout(timer)
  }
}
