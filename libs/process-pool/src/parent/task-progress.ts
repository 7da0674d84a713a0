import type { Outcome, Slice, Waits } from '../work.ts'
import type { Place } from './slice-progress.ts'
import { SliceProgress } from './slice-progress.ts'

/** The slices of one `Seat.run`. */
export class TaskProgress {
  readonly slices: SliceProgress[]
  readonly waits: Waits | undefined

  constructor(
    slices: Slice[],
    place: Omit<Place, 'index' | 'at'> & { at: Omit<Place['at'], 'attempt'> },
    onOutcome: (outcome: Outcome) => void,
    waits?: Waits,
  ) {
    this.waits = waits
    this.slices = slices.map((slice, index) => {
      const at = { ...place.at, attempt: slice.call.attempt }
      return new SliceProgress(slice, { ...place, index, at }, onOutcome)
    })
  }

  get isOver(): boolean {
    return this.slices.every((slice) => slice.isOver)
  }

  /** Calls the listener whenever a slice is aborted or is to yield, until what this gives is called. */
  onAbort(listener: () => void): () => void {
    const signals = new Set(this.slices.flatMap(({ slice }) => (slice.yields ? [slice.signal, slice.yields] : [slice.signal])))
    for (const signal of signals) signal.addEventListener('abort', listener)
    return () => {
      for (const signal of signals) signal.removeEventListener('abort', listener)
    }
  }

  /** Before items run again whose process died. */
  async tellReruns(): Promise<void> {
    for (const slice of this.slices) for (const [from, to] of slice.takeReruns()) await this.waits?.again(slice.slice.call.job, from, to)
  }

  failAll(message: string): void {
    for (const slice of this.slices) slice.failAll(message)
  }
}
