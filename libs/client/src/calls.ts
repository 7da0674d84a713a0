import { type ApplyCall, applyBody, runApply } from './apply.ts'
import { Arrivals } from './arrivals.ts'
import { AsyncResult } from './async-result.ts'
import { forCaller } from './caller.ts'
import type { Connection } from './connection.ts'
import { type MapCall, mapBody, runMap } from './map.ts'
import { type Callbacks, type CallOptions, type MapOptions, nameOf } from './options.ts'
import { ResultIterator } from './result-iterator.ts'
import type { ApplyRest, FunctionNames, FunctionValues, Item, MapRest, Returned, Row, Source } from './signatures.ts'
import { Task } from './task.ts'

/** What can be stopped and waited for. None of these rejects but `cancel`. */
export interface Member {
  /** @param after what the server is to hear before */
  cancel(reason: unknown, after?: Promise<unknown>): Promise<void>
  /** Resolves when this program is through with it. */
  settled(): Promise<void>
  /** Resolves when the job has ended, whether or not its results were read. */
  joined(): Promise<void>
}

/** Where calls go. */
export interface Desk {
  readonly connection: Connection
  /** The pool's name, once it exists on the server. */
  pool(): Promise<string>
  /** Throws ValueError when no more calls are taken. */
  admit(): void
  enlist(member: Member): void
}

type AnyMapOptions = MapOptions & { args?: readonly unknown[] | undefined }
type Given = readonly unknown[]

/** The eight calls of multiprocessing.Pool. `target` is a registered name, or a function that has one. */
export abstract class Calls<F> {
  readonly #desk: Desk

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /**
   * f(item, ...args) for every item; the results in the order of the items.
   * Rejects with the failure of the lowest index, after every item has run.
   */
  async map<T extends FunctionNames<F> | FunctionValues<F>>(
    target: T,
    items: Source<Item<F, T>>,
    ...rest: MapRest<F, T, MapOptions>
  ): Promise<Returned<F, T>[]> {
    return await forCaller(this.#map<Returned<F, T>>('map', target, items, rest, true).awaited(), Calls.prototype.map)
  }

  /** `map` that gives a handle at once. */
  mapAsync<T extends FunctionNames<F> | FunctionValues<F>>(
    target: T,
    items: Source<Item<F, T>>,
    ...rest: MapRest<F, T, MapOptions & Callbacks<Returned<F, T>[]>>
  ): AsyncResult<Returned<F, T>[]> {
    return handle(this.#map<Returned<F, T>>('map', target, items, rest, false), rest[0])
  }

  /** f(...row) for every row. */
  async starmap<T extends FunctionNames<F> | FunctionValues<F>>(
    target: T,
    rows: Source<Row<F, T>>,
    options?: MapOptions,
  ): Promise<Returned<F, T>[]> {
    return await forCaller(this.#map<Returned<F, T>>('starmap', target, rows, [options], true).awaited(), Calls.prototype.starmap)
  }

  /** `starmap` that gives a handle at once. */
  starmapAsync<T extends FunctionNames<F> | FunctionValues<F>>(
    target: T,
    rows: Source<Row<F, T>>,
    options?: MapOptions & Callbacks<Returned<F, T>[]>,
  ): AsyncResult<Returned<F, T>[]> {
    return handle(this.#map<Returned<F, T>>('starmap', target, rows, [options], false), options)
  }

  /** f(...args), or f(...args, kwargs). */
  async apply<T extends FunctionNames<F> | FunctionValues<F>>(target: T, ...rest: ApplyRest<F, T, CallOptions>): Promise<Returned<F, T>> {
    return await forCaller(this.#apply<Returned<F, T>>(target, rest, true).awaited(), Calls.prototype.apply)
  }

  /** `apply` that gives a handle at once. */
  applyAsync<T extends FunctionNames<F> | FunctionValues<F>>(
    target: T,
    ...rest: ApplyRest<F, T, CallOptions & Callbacks<Returned<F, T>>>
  ): AsyncResult<Returned<F, T>> {
    return handle(this.#apply<Returned<F, T>>(target, rest, false), rest[2])
  }

  /**
   * The results one by one, in the order of the items, while items are still being read: endless input is fine.
   * Work starts at once. Leaving the iteration cancels the rest.
   */
  imap<T extends FunctionNames<F> | FunctionValues<F>>(
    target: T,
    items: Source<Item<F, T>>,
    ...rest: MapRest<F, T, MapOptions>
  ): ResultIterator<Returned<F, T>> {
    return this.#imap('input', target, items, rest)
  }

  /** `imap` that gives each result as soon as it is there. */
  imapUnordered<T extends FunctionNames<F> | FunctionValues<F>>(
    target: T,
    items: Source<Item<F, T>>,
    ...rest: MapRest<F, T, MapOptions>
  ): ResultIterator<Returned<F, T>> {
    return this.#imap('completion', target, items, rest)
  }

  #map<R>(kind: MapCall['kind'], target: unknown, source: Source<unknown>, rest: Given, held: boolean): Task<R[]> {
    const options = (rest[0] ?? {}) as AnyMapOptions
    const call = this.#mapCall({ kind, name: nameOf(target), source, options, held, partial: false })
    const { connection } = this.#desk
    const run = async (task: Task<R[]>): Promise<R[]> => (await runMap({ connection, pool: await this.#desk.pool(), task, call })) as R[]
    return this.#enlist(new Task(connection, options.signal, run))
  }

  #apply<R>(target: unknown, [args = [], kwargs, options = {}]: Given, held: boolean): Task<R> {
    const call = { name: nameOf(target), args, kwargs, options } as ApplyCall
    this.#desk.admit()
    const body = applyBody(call)
    const { connection } = this.#desk
    const run = async (task: Task<R>): Promise<R> => (await runApply(connection, await this.#desk.pool(), task, body, held)) as R
    return this.#enlist(new Task(connection, call.options.signal, run))
  }

  #imap<R>(order: 'input' | 'completion', target: unknown, source: Source<unknown>, rest: Given): ResultIterator<R> {
    const options: AnyMapOptions = { results: 'once', ...(rest[0] as AnyMapOptions | undefined) }
    const call = this.#mapCall({ kind: 'map', name: nameOf(target), source, options, held: false, partial: true })
    const { connection } = this.#desk
    return new ResultIterator(this.#enlist(new Arrivals({ connection, pool: () => this.#desk.pool(), call, order })))
  }

  /** What is wrong with a call without asking the server is thrown before anything starts. */
  #mapCall(call: MapCall): MapCall {
    this.#desk.admit()
    mapBody(call)
    return call
  }

  #enlist<M extends Member>(member: M): M {
    this.#desk.enlist(member)
    return member
  }
}

function handle<R>(task: Task<R>, callbacks: unknown): AsyncResult<R> {
  return new AsyncResult(task, (callbacks ?? {}) as Callbacks<R>)
}
