import type { Wire } from '@manyhands/contracts'

/** One chunk of a job inside a task. */
export interface TaskSlice {
  job: string
  chunk: string
  generation: number
}

/** A small call that travels with its task, so that it can start before it is claimed (docs/adr/0012). */
export interface BroughtCall {
  function: string
  mode: 'map' | 'star'
  /** Raw JSON text of the array of constants; absent = none. */
  constants?: string | undefined
  wire: Wire
  /** The item's line, with its LF. */
  line: string
}

/** What is handed out at once: one unit of a pool's credit, one BullMQ job. Carries ids only, but for a brought call. */
export interface Task {
  tenant: string
  pool: string
  /** `<job>-<chunk>-<generation>` of the first slice: never reused. */
  id: string
  slices: TaskSlice[]
  /** A larger one runs first; absent = 0. */
  priority?: number
  /** The call of the only slice. */
  call?: BroughtCall | undefined
}
