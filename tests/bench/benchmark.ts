import type { Sizes } from './options.ts'
import type { Goal, Row } from './report.ts'

/** One line of the list: starts its sides, measures, stops them, says what it found. */
export interface Benchmark {
  name: string
  title: string
  run(sizes: Sizes): Promise<Findings>
}

export interface Findings {
  rows: Row[]
  goals: Goal[]
  /** Who did not take part, or fell out, and why. */
  absent: string[]
}
