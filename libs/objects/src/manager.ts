import type { TypeCode } from './codes.ts'
import { type Home, listed, Makers, type Named } from './makers.ts'
import { anythingOf, numbersOf, SharedArray, SharedValue } from './numbers.ts'
import type { Transport } from './transport.ts'

/** How a manager begins and ends. */
export interface ManagerRoom extends Home {
  shutdown(): Promise<unknown>
}

/**
 * Python's Manager: shared objects that end together. One with a name is the same for all programs that name it; one without ends with this
 * program.
 */
export class Manager extends Makers implements AsyncDisposable {
  readonly name: string
  readonly #room: ManagerRoom

  constructor(transport: Transport, room: ManagerRoom) {
    super(transport)
    this.name = room.name
    this.#room = room
  }

  /** Makes it, if it is not there; the first use of one of its objects does that too. */
  async start(): Promise<void> {
    await this.#room.made()
  }

  /** All its objects go, for everybody. */
  async shutdown(): Promise<void> {
    await this.#room.shutdown()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  /** One value of any kind: a Manager's Value has no type, as in Python. */
  value<T = unknown>(_code: TypeCode | string, value: T, options: Named = {}): SharedValue<T> {
    return new SharedValue<T>(this.place('value', options, anythingOf(value)))
  }

  /** Numbers of a C type; what does not fit throws OverflowError, as a Manager's Array does. */
  array(code: TypeCode, values: Iterable<number | bigint> | number, options: Named = {}): SharedArray {
    return new SharedArray(this.place('array', options, numbersOf(code, listed(values), ['exact', 'bare'])))
  }

  protected home(): Home {
    return this.#room
  }
}
