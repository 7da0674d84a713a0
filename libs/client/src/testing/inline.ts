import { Connection, type ConnectionNature } from '../connection.ts'
import { Hands } from '../hands.ts'
import type { FunctionNames } from '../signatures.ts'
import { Failures, type InjectedFailure } from './failures.ts'
import { registryOf } from './functions.ts'
import type { InlineCall } from './item.ts'
import { Server } from './server.ts'

export interface InlineOptions<F = Record<string, unknown>> {
  /** Calls that fail instead of being run, by the name of their function. */
  failures?: { [Name in FunctionNames<F>]?: InjectedFailure | InjectedFailure[] | undefined } | undefined
  /** Runs before every call; what it throws (also a `failure(...)`), the call fails with. */
  before?: ((call: InlineCall) => unknown) | undefined
  /** Chunks that are under way at once in a pool without a bound of its own: of functions that wait. Default 4. */
  processes?: number | undefined
}

/** The one server address there is. */
const url = 'http://inline'

/**
 * What `connect()` gives, with everything running here: no server, no Redis, no process, no clock. The client's own code talks with a server
 * in memory, so that values travel as text, what can't travel is refused, and errors are the same. For unit tests of what calls a fleet.
 *
 * What needs a process or a clock does not happen by itself: `timeoutMs`, `deadlineMs`, `delayMs` and rates are taken and have no effect, a retry
 * does not wait, and a function that ends its process ends this one; there are no sessions and no processes of their own. What a function submits outlives it, and may be as deep as it likes. `failure('timeout')` and `failure('worker-crashed')` stand for them.
 * @example
 * import * as functions from './functions/index.ts'
 * const hands = inline(functions, { failures: { square: { at: [3], error: new RangeError('no') } } })
 * await hands.map('square', [1, 2, 3]) // [1, 4, 9]
 */
export function inline<F extends object>(functions: F, options: InlineOptions<F> = {}): Hands<F> {
  const { failures = {}, before, processes = 4 } = options
  const registry = registryOf(functions)
  const hands = (nature: ConnectionNature) =>
    new Hands<F>(new Connection({ url, fetch: server.fetch, retries: 0 }, { isTimed: false, ...nature }))
  const server: Server = new Server({
    functions: registry,
    failures: new Failures(failures, registry.keys()),
    before,
    processes,
    nested: hands,
  })
  return hands({})
}
