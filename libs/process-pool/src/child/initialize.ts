import { decodeItem, type Live } from '@manyhands/contracts/wire'
import type { Definition } from '@manyhands/functions'
import type { Initializer } from '../work.ts'

/** Calls the initializer, as Python's Pool does: once in a process, before its first item. Throws what it throws. */
export async function initialize(
  definition: Definition | undefined,
  { function: name, args, wire }: Initializer,
  live: Live,
): Promise<void> {
  if (!definition) throw new Error(`This worker has no function ${name}`)
  const call = definition.call as (...args: unknown[]) => unknown
  await call(...(decodeItem(args, wire, live) as unknown[]))
}
