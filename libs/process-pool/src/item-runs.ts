/** Item indexes of consecutive lines: `[from, to)` each. */
export type ItemRuns = readonly (readonly [from: number, to: number])[]

/** As countRuns of libs/planning, which a child does not load (ADR 7). */
export function countItems(runs: ItemRuns): number {
  return runs.reduce((sum, [from, to]) => sum + to - from, 0)
}

/** The item index at a position. Throws RangeError behind the end. */
export function indexAt(runs: ItemRuns, position: number): number {
  let before = 0
  for (const [from, to] of runs) {
    if (position < before + to - from) return from + position - before
    before += to - from
  }
  throw new RangeError(`There is no item at position ${position}`)
}

export const hasItem = (runs: ItemRuns, index: number): boolean => runs.some(([from, to]) => index >= from && index < to)
