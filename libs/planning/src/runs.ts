/** A run of item indexes, `[from, to)`. */
export type Run = [from: number, to: number]

/** Items in the runs. */
export function countRuns(runs: readonly Run[]): number {
  return runs.reduce((sum, [from, to]) => sum + to - from, 0)
}

/** The runs without `[from, to)`. Order is kept. */
export function withoutRun(runs: readonly Run[], [from, to]: Run): Run[] {
  return runs.flatMap(([a, b]) => {
    const left: Run = [a, Math.min(b, from)]
    const right: Run = [Math.max(a, to), b]
    return [left, right].filter(([x, y]) => x < y)
  })
}

/** Whether every index of `[from, to)` stands in one of the runs. */
export function coversRun(runs: readonly Run[], [from, to]: Run): boolean {
  return countRuns(runs) - countRuns(withoutRun(runs, [from, to])) === to - from
}

/** The part of the runs between two positions, as if their items stood in one row. */
export function sliceRuns(runs: readonly Readonly<Run>[], start: number, end: number): Run[] {
  const part: Run[] = []
  let before = 0
  for (const [from, to] of runs) {
    const first = Math.max(from, from + start - before)
    const last = Math.min(to, from + end - before)
    if (first < last) part.push([first, last])
    before += to - from
  }
  return part
}

/** The indexes, one by one. */
export function* eachIndex(runs: readonly Run[]): Generator<number> {
  for (const [from, to] of runs) for (let i = from; i < to; i++) yield i
}
