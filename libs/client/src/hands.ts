import { checkName, randomId, Sharing, type Transport } from '@manyhands/objects'
import { Calls, type Desk } from './calls.ts'
import { Completions } from './completions.ts'
import { Connection, type ConnectOptions } from './connection.ts'
import { HttpSharing } from './http-sharing.ts'
import { checkManagerOptions, FleetManager, type ManagerOptions } from './manager.ts'
import { Pool, type PoolOptions } from './pool.ts'
import { type Parent, Process, type ProcessOptions } from './process.ts'
import { Session } from './session.ts'
import type { AnyFunction, FunctionNames, FunctionValues } from './signatures.ts'

/** A connection to a fleet. Its own calls go to the default pool. It holds nothing open: there is no close. */
export class Hands<F> extends Calls<F> {
  /** This program's lease: what is bound to it ends with the program. Opened by the first that needs it. */
  readonly session: Session
  /** Python's dict, shared: `hands.dict<Record<string, number>>({ alice: 1 })`. Without a name a shared object ends with this program. */
  readonly dict: Sharing['dict']
  /** Python's list, shared. */
  readonly list: Sharing['list']
  /** Python's set, shared. */
  readonly set: Sharing['set']
  /** Names and values. */
  readonly namespace: Sharing['namespace']
  /** A number that many add to, atomically. */
  readonly counter: Sharing['counter']
  /** FIFO, each item to one getter; `hands.queue(maxsize)`. */
  readonly queue: Sharing['queue']
  /** A queue whose puts are counted until `taskDone()`. */
  readonly joinableQueue: Sharing['joinableQueue']
  /** A queue without a bound. */
  readonly simpleQueue: Sharing['simpleQueue']
  /** One at a time has it, whoever waits gets it in turn. */
  readonly lock: Sharing['lock']
  /** Whoever has it may acquire it again. */
  readonly rlock: Sharing['rlock']
  /** So many may have it at once. */
  readonly semaphore: Sharing['semaphore']
  /** The same, and never more than at first. */
  readonly boundedSemaphore: Sharing['boundedSemaphore']
  /** A flag that many wait for. */
  readonly event: Sharing['event']
  /** A lock, and waiting for news under it. */
  readonly condition: Sharing['condition']
  /** All wait until so many have come. */
  readonly barrier: Sharing['barrier']
  /** Two ends: what one sends the other receives. */
  readonly pipe: Sharing['pipe']
  /** A number of a C type: `hands.value('i', 0)`. */
  readonly value: Sharing['value']
  /** Numbers of a C type: `hands.array('i', [1, 2, 3])`. */
  readonly array: Sharing['array']
  readonly #connection: Connection
  readonly #transport: Transport
  readonly #outside: HttpSharing
  readonly #children = new Set<Process>()
  #processes = 0

  constructor(connection: Connection) {
    super(defaultPool(connection))
    this.#connection = connection
    this.session = new Session(connection)
    // a function's own calls are few at a time: each has an item that waits for it
    if (connection.isTimed && connection.parent === undefined) connection.completions ??= new Completions(connection, this.session)
    this.#outside = new HttpSharing(connection, this.session)
    connection.sharing ??= this.#outside
    this.#transport = connection.sharing
    const sharing = new Sharing(this.#transport)
    this.dict = sharing.dict.bind(sharing)
    this.list = sharing.list.bind(sharing)
    this.set = sharing.set.bind(sharing)
    this.namespace = sharing.namespace.bind(sharing)
    this.counter = sharing.counter.bind(sharing)
    this.queue = sharing.queue.bind(sharing)
    this.joinableQueue = sharing.joinableQueue.bind(sharing)
    this.simpleQueue = sharing.simpleQueue.bind(sharing)
    this.lock = sharing.lock.bind(sharing)
    this.rlock = sharing.rlock.bind(sharing)
    this.semaphore = sharing.semaphore.bind(sharing)
    this.boundedSemaphore = sharing.boundedSemaphore.bind(sharing)
    this.event = sharing.event.bind(sharing)
    this.condition = sharing.condition.bind(sharing)
    this.barrier = sharing.barrier.bind(sharing)
    this.pipe = sharing.pipe.bind(sharing)
    this.value = sharing.value.bind(sharing)
    this.array = sharing.array.bind(sharing)
  }

  /**
   * Shared objects that end together. With a name it is the same for all programs that name it, until one shuts it down; without, it ends
   * with this program. Nothing is sent before the first use.
   * @example await using manager = hands.manager(); const scores = manager.dict()
   */
  manager(name?: string, options: ManagerOptions = {}): FleetManager<F> {
    checkManagerOptions(options)
    const own = name === undefined ? randomId() : checkName(name)
    let made: Promise<void> | undefined
    const room = {
      name: own,
      made: () => {
        made ??= this.#outside.makeManager(own, name === undefined, options.ttlMs)
        return made
      },
      shutdown: () => this.#outside.dropManager(own),
    }
    return new FleetManager(this.#transport, room, this)
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
