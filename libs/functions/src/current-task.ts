import { AsyncLocalStorage } from 'node:async_hooks'
import type { AnyFunction, Hands as ClientHands } from '@manyhands/client'

/** The client's, which is loaded only when it is used. */
export type Hands<F = Record<string, AnyFunction>> = ClientHands<F>

/** The run of one item, as the function that runs it sees it. `F`: the functions of the fleet, as for `connect`. */
export interface Task<F = Record<string, AnyFunction>> {
  /** Id of the job. */
  readonly id: string
  /** The item's index in the job. */
  readonly index: number
  /** 1 at first, 2 after the item has failed once (`attempts`), and so on. */
  readonly attempt: number
  /**
   * Aborts when the job is cancelled. If the function still runs 200 ms later, its process gets SIGTERM, and is killed another 300 ms after
   * that.
   */
  readonly signal: AbortSignal
  /** The process that runs it. */
  readonly process: ProcessInfo
  readonly log: TaskLog
  /**
   * Submits from inside the function, to the API at MANYHANDS_URL. What is submitted has this item as its parent, and ends when the parent is
   * cancelled or fails. While the function does nothing but wait for it, its slot is given to others.
   * @example await currentTask<typeof functions>().hands.map('square', [1, 2, 3])
   */
  readonly hands: Hands<F>
  /**
   * Tells how far the item is; it stands in the job as `progress`. Any JSON value of at most 1 KiB will do: a share from 0 to 1, or
   * `{ done, total, message }`. It may be called as often as one likes: about four a second are told, the latest wins. Throws RangeError
   * for a value that is too large.
   */
  progress(value: unknown): void
}

export interface ProcessInfo {
  /** As `hands.process` was told, `Process-1` for example; that of a pool's process is the worker's affair. */
  readonly name: string
  readonly pid: number
}

/** Writes one line, shown with the item's label; `fields` follow the message as JSON. */
export interface TaskLog {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Stands in the async context while functions run. One object may serve many items in turn: ask `task()` each time. */
export interface TaskSource {
  task(): Task
}

const key = Symbol.for('manyhands.tasks')

/** The one storage of this process: kept on globalThis, so that two copies of the package agree. */
export function taskStorage(): AsyncLocalStorage<TaskSource> {
  const holder = globalThis as { [key]?: AsyncLocalStorage<TaskSource> }
  holder[key] ??= new AsyncLocalStorage<TaskSource>()
  return holder[key]
}

/** The item that runs now. Throws Error outside a function that a worker runs. */
export function currentTask<F = Record<string, AnyFunction>>(): Task<F> {
  const source = taskStorage().getStore()
  if (!source) throw new Error('currentTask() works only inside a function while a worker runs it')
  return source.task() as Task<F>
}
