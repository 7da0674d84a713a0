import type { Outcome, Slice } from '../work.ts'
import type { Place } from './slice-progress.ts'
import { SliceProgress } from './slice-progress.ts'

/** The slices of one `Seat.run`. */
export class TaskProgress {
  readonly slices: SliceProgress[]
  /** Resolves when every slice has been aborted. */
  readonly abandoned: Promise<undefined>

  constructor(slices: Slice[], place: Omit<Place, 'index' | 'at'> & { at: Omit<Place['at'], 'attempt'> }, onOutcome: (outcome: Outcome) => void) {
    this.slices = slices.map((slice, index) => {
      const at = { ...place.at, attempt: slice.call.attempt }
      return new SliceProgress(slice, { ...place, index, at }, onOutcome)
    })
    this.abandoned = Promise.all(slices.map(({ signal }) => aborted(signal))).then(() => undefined)
  }

  get isOver(): boolean {
    return this.slices.every((slice) => slice.isOver)
  }

  failAll(message: string): void {
    for (const slice of this.slices) slice.failAll(message)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
