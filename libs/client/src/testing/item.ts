import type { ItemError } from '@manyhands/contracts'
import { limits } from '@manyhands/contracts'
import { type CallShape, callerOf, errorLine, resultLine } from '@manyhands/contracts/call'
import { decodeItem } from '@manyhands/contracts/wire'
import type { NestedOptions } from '../nested.ts'
import type { Failures } from './failures.ts'
import type { Registry } from './functions.ts'
import { asTask } from './task.ts'

/** A call that is about to run. */
export interface InlineCall {
  function: string
  /** As the function gets them. */
  args: readonly unknown[]
  /** Index of the item; 0 for an apply. */
  index: number
  /** 1 at first, 2 after the item has failed once. */
  attempt: number
  /** Id of the job. */
  job: string
}

/** What runs the items of all jobs. */
export interface Workshop {
  functions: Registry
  failures: Failures
  before: ((call: InlineCall) => unknown) | undefined
  /** What a function submits with: `currentTask().hands`. */
  nested: (options: NestedOptions) => object
}

/** One run of one item. */
export interface ItemRun {
  shape: CallShape
  job: string
  line: string
  index: number
  attempt: number
  signal: AbortSignal
  whileWaiting: NestedOptions['whileWaiting']
}

/** What became of it: a line of JSON, as a worker writes it. */
export interface Outcome {
  line: string
  failed: boolean
}

export async function runItem(workshop: Workshop, run: ItemRun): Promise<Outcome> {
  try {
    const result = await asTask(workshop, run, () => call(workshop, run))
    return { line: resultLine(result, run.shape.wire, limits.item), failed: false }
  } catch (error) {
    return { line: errorLine(error, { at: placeOf(run.attempt), wire: run.shape.wire }), failed: true }
  }
}

/** Where it ran, as an error tells it. */
export function placeOf(attempt: number): NonNullable<ItemError['at']> {
  return { worker: 'inline', host: 'inline', build: 'inline', attempt }
}

async function call({ functions, failures, before }: Workshop, { shape, job, line, index, attempt }: ItemRun): Promise<unknown> {
  const caller = callerOf(functions.get(shape.function), shape)
  const item = decodeItem(line, shape.wire)
  if (before) await before({ function: shape.function, args: argumentsOf(shape, item), index, attempt, job })
  failures.strike(shape.function, index, attempt)
  return caller(item)
}

/** For the hook alone: what the function gets is read from the text once more, and is its own. */
function argumentsOf({ mode, constants = '[]', wire }: CallShape, item: unknown): unknown[] {
  return mode === 'star' ? [...(item as unknown[])] : [item, ...(decodeItem(constants, wire) as unknown[])]
}
