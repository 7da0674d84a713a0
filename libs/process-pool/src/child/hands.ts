import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NestedOptions } from '@manyhands/client/nested'
import type { Hands } from '@manyhands/functions'

const require = createRequire(import.meta.url)
const nested = fileURLToPath(new URL(`./nested${extname(import.meta.url)}`, import.meta.url))

/** What a function submits with. The client is loaded by the first that asks: most functions never do. */
export function handsOf(options: NestedOptions): Hands {
  const { nestedHands } = require(nested) as typeof import('./nested.ts')
  return nestedHands(options)
}
