import { Manager, type ManagerRoom, type Transport } from '@manyhands/objects'
import type { Calls } from './calls.ts'
import { anything, checkOptions, shown, wholeFrom } from './checks.ts'
import { ValueError } from './errors.ts'
import type { FunctionNames, FunctionValues, Row } from './signatures.ts'

export interface ManagerOptions {
  /** It ends so long after it was made, or made again by another program, in milliseconds. Absent: it does not end by itself. */
  ttlMs?: number | undefined
}

/** Python's parameters of `start()`. */
export interface Starting<F, T> {
  /** Called once for the manager, by the first program that starts it: the others wait until it has returned. */
  initializer: T
  initArgs?: Row<F, T> | undefined
}

const managerOptions = {
  of: 'manager()',
  kinds: { ttlMs: wholeFrom(1) },
  cure: (given: unknown) => `manager('game', { ttlMs: ${typeof given === 'number' ? given : 60_000} })`,
}
const starting = {
  of: 'start()',
  // nameOf says what it may be
  kinds: { initializer: anything, initArgs: anything },
  cure: (given: unknown) => `start({ initializer: ${typeof given === 'string' ? shown(given) : "'setUp'"} })`,
}

/** Throws ValueError. */
export function checkManagerOptions(given: ManagerOptions): void {
  checkOptions(given, managerOptions)
}

/** A manager of a program that has a fleet: what sets it up is one of the fleet's functions. */
export class FleetManager<F> extends Manager {
  readonly #calls: Calls<F>

  constructor(transport: Transport, room: ManagerRoom, calls: Calls<F>) {
    super(transport, room)
    this.#calls = calls
  }

  /**
   * Makes it, if it is not there. Rejects with what the initializer threw; the next program that starts it calls it again.
   * @example await manager.start({ initializer: 'setUp', initArgs: [manager.dict({}, { name: 'scores' })] })
   */
  override async start<T extends FunctionNames<F> | FunctionValues<F>>(options?: Starting<F, T>): Promise<void> {
    if (options) checkStart(options)
    await super.start()
    if (options) await this.#initialize(options)
  }

  async #initialize<T extends FunctionNames<F> | FunctionValues<F>>({
    initializer,
    initArgs = [] as never,
  }: Starting<F, T>): Promise<void> {
    const done = this.event({ name: 'initialized' })
    await this.lock({ name: 'initializer' }).with(async () => {
      if (await done.isSet()) return
      const apply = this.#calls.apply.bind(this.#calls) as (target: T, args: unknown) => Promise<unknown>
      await apply(initializer, initArgs)
      await done.set()
    })
  }
}

function checkStart(given: { initializer: unknown; initArgs?: unknown }): void {
  checkOptions(given, starting)
  if (given.initializer === undefined)
    throw new ValueError("start() has initArgs and no initializer; meant is start({ initializer: 'setUp' })")
}
