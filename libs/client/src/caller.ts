import { ManyhandsError } from './errors.ts'
import type { AnyFunction } from './signatures.ts'

/** As far as it is used here: V8's, which JavaScriptCore has too. */
type Capture = (holder: object, asked: AnyFunction) => void

const placed = new WeakSet<ManyhandsError>()

/**
 * An error of ours with the lines of whoever waits for it in its stack: what failed came over the network, and its own stack names only
 * rooms of this package. The lines are read when something has failed, from who awaits whom, so that calls which succeed pay nothing.
 * @param asked the function that was called from outside: the lines above it are the caller's
 */
export function atCaller(error: unknown, asked: AnyFunction): unknown {
  // what the caller threw himself has his lines already; an error may be told more than once
  if (!(error instanceof ManyhandsError) || placed.has(error)) return error
  const lines = callersOf(asked)
  if (lines === '') return error
  placed.add(error)
  Object.defineProperty(error, 'stack', { value: `${error}\n${lines}`, configurable: true, writable: true })
  return error
}

/** Resolves as `outcome` does, and rejects with its error `atCaller`. */
export async function forCaller<T>(outcome: Promise<T>, asked: AnyFunction = forCaller): Promise<T> {
  try {
    return await outcome
  } catch (error) {
    throw atCaller(error, asked)
  }
}

/** Stack lines; none where the runtime knows no asynchronous ones. */
function callersOf(asked: AnyFunction): string {
  const { captureStackTrace } = Error as { captureStackTrace?: Capture }
  const holder: { stack?: unknown } = {}
  captureStackTrace?.(holder, asked)
  // the first line names an error that there is not; String, since a program may have made of stacks what it likes
  const [, ...lines] = String(holder.stack ?? '').split('\n')
  return lines.filter((line) => !line.includes('(node:internal/')).join('\n')
}
