import type { Jobs } from '@manyhands/jobs'
import type { Door, SharedContext } from '@manyhands/shared-state'
import type { Webhooks } from '@manyhands/webhooks'
import type { Held } from './held.ts'
import type { Log } from './log.ts'
import type { Timeouts } from './timeouts.ts'

/** Sizes in bytes. */
export interface ApiLimits {
  jsonBodyBytes: number
  itemBytes: number
  /** Items of one job. */
  items: number
  /** Largest answer of /result. */
  wholeResultBytes: number
}

/** What routes are made of. */
export interface Api {
  jobs: Jobs
  /** Where callers wait for shared objects, and their store. */
  door: Door
  shared: SharedContext
  webhooks: Webhooks
  limits: ApiLimits
  timeouts: Timeouts
  held: Held
  log: Log
}
