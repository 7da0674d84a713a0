import { decodeItem } from '@manyhands/contracts/wire'
import type { Definition, StandardSchema } from '@manyhands/functions'
import type { RunMessage } from '../messages.ts'
import { decodeFailure, ItemFailure } from './item-failure.ts'

type Plain = (...args: unknown[]) => unknown

/** How one item is given to the function. Throws ItemFailure when no item can be. */
export function callerOf(
  definition: Definition | undefined,
  { function: name, mode, constants, wire }: RunMessage,
): (item: unknown) => unknown {
  if (!definition)
    throw new ItemFailure('function-not-loaded', `This worker has no function ${name}: all workers of a group have to serve the same`)
  const call = checking(definition)
  if (mode === 'star') return (item) => call(...argumentsOf(item))
  const rest = constants === undefined ? [] : argumentsOf(decodeConstants(constants, wire))
  return rest.length === 0 ? (item) => call(item) : (item) => call(item, ...rest)
}

function decodeConstants(text: string, wire: RunMessage['wire']): unknown {
  try {
    return decodeItem(text, wire)
  } catch (error) {
    throw decodeFailure(error)
  }
}

function argumentsOf(item: unknown): unknown[] {
  if (Array.isArray(item)) return item
  throw invalidInput([{ message: 'must be the array of arguments', path: '' }])
}

/** Checks the first argument, if there is a schema, and gives the function what the schema makes of it. */
function checking({ call, input }: Definition): Plain {
  const plain = call as Plain
  if (!input) return plain
  return (first, ...rest) => {
    const checked = input['~standard'].validate(first)
    return checked instanceof Promise ? checked.then((late) => plain(accept(late), ...rest)) : plain(accept(checked), ...rest)
  }
}

type Checked = Awaited<ReturnType<StandardSchema['~standard']['validate']>>

function accept(checked: Checked): unknown {
  if (!checked.issues) return checked.value
  throw invalidInput(checked.issues.map(({ message, path = [] }) => ({ message, path: pointer(path) })))
}

function invalidInput(issues: { message: string; path: string }[]): ItemFailure {
  const list = issues.map(({ message, path }) => (path ? `${path}: ${message}` : message)).join('; ')
  return new ItemFailure('invalid-input', `The input does not fit: ${list}`, { issues })
}

/** JSON pointer (RFC 6901) of an issue. */
function pointer(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step))
  return steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
