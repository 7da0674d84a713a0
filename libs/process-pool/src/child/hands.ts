import { createRequire } from 'node:module'
import type { NestedOptions } from '@manyhands/client/nested'
import type { Hands } from '@manyhands/functions'

const require = createRequire(import.meta.url)

/** What a function submits with. The client is loaded by the first that asks: most functions never do. */
export function handsOf(options: NestedOptions): Hands {
  const { nestedHands } = require('@manyhands/client/nested') as typeof import('@manyhands/client/nested')
  return nestedHands(options)
}
