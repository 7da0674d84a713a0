import type { Callable } from '@manyhands/contracts/call'
import type { RetryPolicy } from './retry.ts'

/** A function, and what `defineFunction` was told about it. */
export interface Definition extends Callable, RetryPolicy {}
export type Registry = ReadonlyMap<string, Definition>

/** Where `defineFunction` leaves what it was told: read by this symbol, so that the client needs no server code. */
const definition = Symbol.for('manyhands.definition')

/** The exports of a module that are functions, by their names. */
export function registryOf(functions: object): Registry {
  const entries = Object.entries(functions).filter(([, value]) => isFunction(value))
  return new Map(entries.map(([name, exported]) => [name, (exported[definition] as Definition | undefined) ?? { call: exported }]))
}

/** A class is no function: it cannot be called. */
function isFunction(value: unknown): boolean {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value))
}
