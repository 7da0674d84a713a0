import { decodeFailure, ItemFailure } from './item-failure.ts'
import type { Wire } from './media.ts'
import { decodeItem, type Live } from './wire.ts'

/** A function, and the schema that checks its first argument: what libs/functions lets authors define. */
export interface Callable {
  call: (...args: never[]) => unknown
  input?: { readonly '~standard': { readonly validate: (value: unknown) => Checked | Promise<Checked> } }
}

type Step = PropertyKey | { readonly key: PropertyKey }
interface Issue {
  readonly message: string
  readonly path?: readonly Step[] | undefined
}
type Checked = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly Issue[] }

/** How the items of a job are called. */
export interface CallShape {
  function: string
  /** map: `f(item, ...constants)`; star: the item is the array of arguments. */
  mode: 'map' | 'star'
  /** JSON text of an array; absent = none. */
  constants?: string | undefined
  wire: Wire
}

type Plain = (...args: unknown[]) => unknown

/**
 * How one item is given to the function. Throws ItemFailure when no item can be.
 * @param live what shared objects in the constants are read as
 */
export function callerOf(
  definition: Callable | undefined,
  { function: name, mode, constants, wire }: CallShape,
  live?: Live,
): (item: unknown) => unknown {
  if (!definition)
    throw new ItemFailure('function-not-loaded', `This worker has no function ${name}: all workers of a group have to serve the same`)
  const call = checking(definition)
  if (mode === 'star') return (item) => call(...argumentsOf(item))
  const rest = constants === undefined ? [] : argumentsOf(decodeConstants(constants, wire, live))
  return rest.length === 0 ? (item) => call(item) : (item) => call(item, ...rest)
}

function decodeConstants(text: string, wire: Wire, live: Live | undefined): unknown {
  try {
    return decodeItem(text, wire, live)
  } catch (error) {
    throw decodeFailure(error)
  }
}

function argumentsOf(item: unknown): unknown[] {
  if (Array.isArray(item)) return item
  throw invalidInput([{ message: 'must be the array of arguments', path: '' }])
}

/** Checks the first argument, if there is a schema, and gives the function what the schema makes of it. */
function checking({ call, input }: Callable): Plain {
  const plain = call as Plain
  if (!input) return plain
  return (first, ...rest) => {
    const checked = input['~standard'].validate(first)
    return checked instanceof Promise ? checked.then((late) => plain(accept(late), ...rest)) : plain(accept(checked), ...rest)
  }
}

function accept(checked: Checked): unknown {
  if (!checked.issues) return checked.value
  throw invalidInput(checked.issues.map(({ message, path = [] }) => ({ message, path: pointer(path) })))
}

function invalidInput(issues: { message: string; path: string }[]): ItemFailure {
  const list = issues.map(({ message, path }) => (path ? `${path}: ${message}` : message)).join('; ')
  return new ItemFailure('invalid-input', `The input does not fit: ${list}`, { issues })
}

/** JSON pointer (RFC 6901) of an issue. */
function pointer(path: readonly Step[]): string {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step))
  return steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
