/** Tries at one receiver at once. */
const width = 8
/** Failures in a row behind which a receiver is left alone for a while. */
const patience = 5
/** The least and the most that a try is put off, in milliseconds. */
const putOffMs = { least: 100, most: 30_000 }

/** Receivers that are remembered; beyond, those that nobody is sending to are forgotten. */
const most = 1000

/** One receiver. */
class Lane {
  busy = 0
  failures = 0
  closedUntil = 0
  /** When the next try that finds no room may come back. */
  turnAt = 0
  meanMs = 100
}

/** Keeps receivers apart: one that is dead or slow takes few of the tries that run at once, so it delays no other. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #pauseMs: number
  readonly #now: () => number

  /** @param pauseMs how long a receiver that only fails is left alone */
  constructor(pauseMs: number, now: () => number = () => performance.now()) {
    this.#pauseMs = pauseMs
    this.#now = now
  }

  /** Undefined: the try may run, and `leave` is to follow. Else how long it is put off, in milliseconds. */
  enter(origin: string): number | undefined {
    const lane = this.#lanes.get(origin) ?? this.#make(origin)
    const now = this.#now()
    const isShut = lane.failures >= patience && (now < lane.closedUntil || lane.busy > 0)
    if (!isShut && lane.busy < width) {
      lane.busy++
      return undefined
    }
    // each comes back at a time of its own, as fast as the receiver takes them
    lane.turnAt = Math.max(now, lane.turnAt, isShut ? lane.closedUntil : 0) + lane.meanMs / width
    return Math.min(putOffMs.most, Math.max(putOffMs.least, lane.turnAt - now))
  }

  #make(origin: string): Lane {
    if (this.#lanes.size >= most) {
      for (const [other, { busy }] of this.#lanes) if (busy === 0) this.#lanes.delete(other)
    }
    const lane = new Lane()
    this.#lanes.set(origin, lane)
    return lane
  }

  /** The try is over. */
  leave(origin: string, ok: boolean, ms: number): void {
    const lane = this.#lanes.get(origin)
    if (!lane) return
    lane.busy--
    lane.meanMs += (ms - lane.meanMs) / 8
    lane.failures = ok ? 0 : lane.failures + 1
    if (lane.failures >= patience) lane.closedUntil = this.#now() + this.#pauseMs
    else if (lane.busy === 0 && lane.failures === 0) this.#lanes.delete(origin)
  }
}
