/** Item indexes of consecutive lines: `[from, to)` each. */
export type ItemRuns = readonly (readonly [from: number, to: number])[]

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

/** The part of the runs between two positions. */
export function sliceRuns(runs: ItemRuns, start: number, end: number): [from: number, to: number][] {
  const part: [number, number][] = []
  let before = 0
  for (const [from, to] of runs) {
    const first = Math.max(from, from + start - before)
    const last = Math.min(to, from + end - before)
    if (first < last) part.push([first, last])
    before += to - from
  }
  return part
}
