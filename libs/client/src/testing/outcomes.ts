import type { Outcome } from './item.ts'

/** Outcomes of neighbouring items. */
export interface Part {
  runs: [from: number, to: number][]
  failed: number[]
  lines: string[]
}

/** Most items of one part: a reader gets the next one when it has this one. */
const most = 4096

/** The outcomes of a job as they come, for readers in either order. */
export class Outcomes {
  readonly #byIndex = new Map<number, Outcome>()
  readonly #completed: number[] = []
  readonly #frees: boolean
  #freed = 0
  /** So many of the first items have all been there. */
  #unbroken = 0
  bytes = 0

  /** @param frees whether what was read is forgotten */
  constructor(frees: boolean) {
    this.#frees = frees
  }

  get count(): number {
    return this.#completed.length
  }

  add(index: number, outcome: Outcome): void {
    this.#byIndex.set(index, outcome)
    this.#completed.push(index)
    this.bytes += outcome.line.length
    while (this.#byIndex.has(this.#unbroken)) this.#unbroken++
  }

  get(index: number): Outcome | undefined {
    return this.#byIndex.get(index)
  }

  /** Lines that a reader may have had by now. */
  reach(order: 'input' | 'completion'): number {
    return order === 'completion' ? this.#completed.length : this.#unbroken
  }

  /** The next part behind `after` lines; undefined when there is none yet. `gaps`: no more will come, so items that never ran are passed over. */
  part(order: 'input' | 'completion', after: number, gaps: boolean): Part | undefined {
    const indexes = order === 'completion' ? this.#completed.slice(after, after + most) : this.#inOrder(after, gaps)
    if (indexes.length === 0) return undefined
    const part = partOf(indexes.map((index) => [index, this.#byIndex.get(index) as Outcome]))
    if (this.#frees) for (const index of indexes) this.#free(index)
    return part
  }

  #inOrder(after: number, gaps: boolean): number[] {
    const count = Math.min(most, this.#unbroken - after)
    if (count > 0) return Array.from({ length: count }, (_, i) => after + i)
    if (!gaps) return []
    // what was freed is what was read: it stands before all that was not
    const from = after - this.#freed
    return [...this.#byIndex.keys()].sort((a, b) => a - b).slice(from, from + most)
  }

  #free(index: number): void {
    this.bytes -= this.#byIndex.get(index)?.line.length ?? 0
    this.#byIndex.delete(index)
    this.#freed++
  }
}

function partOf(outcomes: [index: number, outcome: Outcome][]): Part {
  const part: Part = { runs: [], failed: [], lines: [] }
  for (const [index, { line, failed }] of outcomes) {
    const last = part.runs.at(-1)
    if (last?.[1] === index) last[1]++
    else part.runs.push([index, index + 1])
    if (failed) part.failed.push(part.lines.length)
    part.lines.push(line)
  }
  return part
}
