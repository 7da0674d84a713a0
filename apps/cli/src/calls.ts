import { connect } from '@manyhands/client'
import { refuseUnknownNames } from '@manyhands/settings'
import { textOf } from './call-options.ts'
import type { Given } from './command.ts'

/** Where calls go, by the options that map and apply share. A misspelt MANYHANDS_URL is refused: another server would run them. */
export function callsOf(options: Given['options']) {
  refuseUnknownNames()
  return connect({ url: textOf(options, 'url'), retries: 3 }).pool({ name: textOf(options, 'pool') })
}
