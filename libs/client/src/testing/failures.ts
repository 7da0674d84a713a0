import { ItemFailure, isOwnCode, type OwnCode } from '@manyhands/contracts/call'
import { ValueError } from '../errors.ts'

/** Calls of one function that fail instead of being run. */
export interface InjectedFailure {
  /** Indexes of the items; absent: every item. An apply has index 0. */
  at?: readonly number[] | undefined
  /** What the function would throw; or `failure('worker-crashed')` and the like. */
  error: unknown
  /** Runs of each of these items that fail, so that with `attempts: 2` and `times: 1` a retry succeeds. Absent: all. */
  times?: number | undefined
}

const words: Partial<Record<OwnCode, string>> = {
  'worker-crashed': 'The process ended with SIGKILL while it ran the item',
  'out-of-memory': 'The process used more than its limit',
  timeout: 'The item ran longer than its timeoutMs',
}

/**
 * An error that no function throws: a process that dies, or time that runs out, as the caller sees it. `fields` come beside it.
 * @throws ValueError for a code that no item fails with
 */
export function failure(code: OwnCode, message = words[code] ?? `${code}, as the test wants it`, fields?: Record<string, unknown>): Error {
  if (!isOwnCode(code)) throw new ValueError(`no item fails with the code ${code}: docs/errors.md has those that there are`)
  return new ItemFailure(code, message, fields ?? (code === 'worker-crashed' ? { signal: 'SIGKILL' } : {}))
}

type Plan = Readonly<Record<string, InjectedFailure | InjectedFailure[] | undefined>>

/** The failures that a test has asked for. */
export class Failures {
  readonly #plan: Plan

  /** @param functions the names that there are */
  constructor(plan: Plan, functions: Iterable<string>) {
    this.#plan = plan
    const known = new Set(functions)
    const stranger = Object.keys(plan).find((name) => !known.has(name))
    if (stranger !== undefined) throw new ValueError(`there is no function ${stranger} to fail; there are ${[...known].join(', ')}`)
    for (const [name, each] of Object.entries(plan)) for (const one of [each].flat()) if (one) check(name, one)
  }

  /** Throws the failure of a run, if there is one. `attempt` is 1 at first. */
  strike(name: string, index: number, attempt: number): void {
    const found = [Object.hasOwn(this.#plan, name) ? this.#plan[name] : []].flat().find((one) => one && hits(one, index, attempt))
    if (found) throw found.error
  }
}

function hits({ at, times = Number.POSITIVE_INFINITY }: InjectedFailure, index: number, attempt: number): boolean {
  return attempt <= times && (at === undefined || at.includes(index))
}

function check(name: string, one: InjectedFailure): void {
  if (!('error' in one)) throw new ValueError(`the failure of ${name} has no error: { at: [3], error: new RangeError('no') }`)
}
