import { Calls, type Desk } from './calls.ts'
import { Connection, type ConnectOptions } from './connection.ts'
import { Pool, type PoolOptions } from './pool.ts'
import { type Parent, Process, type ProcessOptions } from './process.ts'
import { Session } from './session.ts'
import type { AnyFunction, FunctionNames, FunctionValues } from './signatures.ts'

/** A connection to a fleet. Its own calls go to the default pool. It holds nothing open: there is no close. */
export class Hands<F> extends Calls<F> {
  /** This program's lease: what is bound to it ends with the program. Opened by the first that needs it. */
  readonly session: Session
  readonly #connection: Connection
  readonly #children = new Set<Process>()
  #processes = 0

  constructor(connection: Connection) {
    super(defaultPool(connection))
    this.#connection = connection
    this.session = new Session(connection)
  }

  /** A pool; nothing is sent before its first call. Throws ValueError for options that are none. */
  pool<T extends FunctionNames<F> | FunctionValues<F>>(options: PoolOptions<F, T> = {}): Pool<F> {
    return new Pool(this.#connection, options)
  }

  /**
   * A call in a process of its own; nothing is sent before its `start()`. Throws ValueError for what is none.
   * @example const p = hands.process({ target: 'greet', args: ['Alice'] }); await p.start(); await p.join()
   */
  process<T extends FunctionNames<F> | FunctionValues<F>>(options: ProcessOptions<F, T>): Process {
    return new Process(this.#parent(), options, ++this.#processes)
  }

  /** The processes that this program has started and that live. */
  async activeChildren(): Promise<Process[]> {
    await Promise.all([...this.#children].map((child) => child.isAlive()))
    return [...this.#children]
  }

  #parent(): Parent {
    return {
      connection: this.#connection,
      session: () => this.session.id(),
      onStart: (process) => void this.#children.add(process),
      onEnd: (process) => void this.#children.delete(process),
    }
  }

  /** Runs `body` with a pool: closes and joins it at the end, or terminates it when `body` throws. */
  async withPool<R, T extends FunctionNames<F> | FunctionValues<F> = FunctionNames<F>>(
    options: PoolOptions<F, T>,
    body: (pool: Pool<F>) => R | Promise<R>,
  ): Promise<R> {
    const pool = this.pool(options)
    try {
      const result = await body(pool)
      await pool[Symbol.asyncDispose]()
      return result
    } catch (error) {
      // What the body threw matters more than trouble on the way out.
      await Promise.allSettled([pool.terminate().then(() => pool.join())])
      throw error
    }
  }
}

function defaultPool(connection: Connection): Desk {
  return { connection, pool: async () => 'default', admit: () => undefined, enlist: () => undefined }
}

/**
 * The way in. Synchronous and lazy: the first call is the first request.
 * @example
 * import type * as functions from './functions/index.ts'
 * const hands = connect<typeof functions>()
 * await hands.map('square', [1, 2, 3]) // [1, 4, 9]
 */
export function connect<F = Record<string, AnyFunction>>(options: ConnectOptions = {}): Hands<F> {
  return new Hands(new Connection(options))
}
