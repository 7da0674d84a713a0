import type { ItemError, Job } from '@manyhands/contracts'

/** Kinds that are kept; of the others only the count of failed items tells. */
const most = 16

/** The errors of a job's items, counted by kind. */
export class Faults {
  readonly #kinds = new Map<string, Job['errors'][number]>()
  #first: { index: number; error: ItemError } | undefined

  /** The failure with the lowest index. */
  get first(): ItemError | null {
    return this.#first?.error ?? null
  }

  add(index: number, error: ItemError): void {
    const { name, code, message } = error
    const key = JSON.stringify([name, code, message])
    if (!this.#first || index < this.#first.index) this.#first = { index, error }
    if (!this.#kinds.has(key) && this.#kinds.size >= most) return
    const known = this.#kinds.get(key) ?? { name, code, message, count: 0, firstIndex: index }
    this.#kinds.set(key, { ...known, count: known.count + 1, firstIndex: Math.min(known.firstIndex, index) })
  }

  list(): Job['errors'] {
    return [...this.#kinds.values()].sort((a, b) => b.count - a.count || a.firstIndex - b.firstIndex)
  }
}
