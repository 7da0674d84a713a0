import { policyFault } from './policy-fault.ts'
import type { InputOf, OutputOf, StandardSchema } from './standard-schema.ts'

/** What an author may say about a function. */
export interface Policy {
  /** Longest run of one item, in milliseconds; a caller's own `timeoutMs` goes before it. */
  timeoutMs?: number
  /** How often an item is tried before it fails; a caller's own `attempts` goes before it. */
  attempts?: number
  /** The wait before each further try; absent = none. */
  backoff?: Backoff
  /** Names of errors: only an item that fails with one of them is tried again; absent = with any. */
  retryOn?: string[]
  /** Names of errors: an item that fails with one of them is not tried again. */
  noRetryOn?: string[]
}

/** The wait between two tries of a failing item. Times in milliseconds. */
export interface Backoff {
  /** `exponential` doubles from one try to the next. */
  type: 'fixed' | 'exponential'
  /** The first wait. */
  delayMs: number
  /** The longest wait. */
  maxDelayMs?: number
  /** Share of the wait that is random, 0 to 1. */
  jitter?: number
}

/** A function with what `defineFunction` was told about it. */
export interface Definition extends Policy {
  call: (...args: never[]) => unknown
  input?: StandardSchema
}

/** Registered under this symbol on the exported function, so that two copies of the package agree. */
const definition = Symbol.for('manyhands.definition')
const options = new Set(['timeoutMs', 'attempts', 'backoff', 'retryOn', 'noRetryOn', 'input'])

/**
 * Adds policy, and a schema for the input, to a function. The schema checks the first argument before each call, and the function gets
 * what the schema makes of it; an item that does not fit fails as `invalid-input`. Called directly, the function runs as it is.
 * Throws TypeError for an option that does not exist or is out of range.
 */
export function defineFunction<S extends StandardSchema, Rest extends unknown[], Result>(
  policy: Policy & { input: S },
  call: (input: OutputOf<S>, ...rest: Rest) => Result,
): (input: InputOf<S>, ...rest: Rest) => Result
export function defineFunction<Args extends unknown[], Result>(
  policy: Policy & { input?: never },
  call: (...args: Args) => Result,
): (...args: Args) => Result
export function defineFunction(
  policy: Policy & { input?: StandardSchema },
  call: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  checkPolicy(policy)
  const defined = (...args: unknown[]) => call(...args)
  Object.defineProperty(defined, 'name', { value: call.name })
  return Object.defineProperty(defined, definition, { value: { ...policy, call } })
}

/** What was defined about an exported function; a plain function has itself and no policy. */
export function definitionOf(exported: (...args: never[]) => unknown): Definition {
  return (exported as { [definition]?: Definition })[definition] ?? { call: exported }
}

function checkPolicy(policy: Policy & { input?: StandardSchema }): void {
  for (const name of Object.keys(policy)) {
    if (!options.has(name)) throw new TypeError(`defineFunction has no option "${name}"; it takes ${[...options].join(', ')}`)
  }
  const wrong = policyFault(policy)
  if (wrong) throw new TypeError(`The ${wrong.field} of defineFunction ${wrong.detail}`)
  if (policy.input !== undefined && typeof policy.input['~standard']?.validate !== 'function') {
    throw new TypeError('The input of defineFunction is no Standard Schema (https://standardschema.dev)')
  }
}
