/** What is kept of the end of what an item writes, in bytes. */
const tailBytes = 4096
/** Items that write at one time: those that have begun and have not been told are few. */
const mostItems = 256

const noBytes = Buffer.alloc(0)

/** The end of what each item has written that has not been told yet: it is kept of those that fail. */
export class ItemLogs {
  readonly #tails = new Map<number, Buffer>()

  add(index: number, bytes: Buffer): void {
    const before = this.#tails.get(index) ?? noBytes
    // a copy: it must not hold the whole message in memory
    this.#tails.set(index, Buffer.concat([before, bytes.subarray(-tailBytes)]).subarray(-tailBytes))
    const [oldest] = this.#tails.keys()
    if (this.#tails.size > mostItems && oldest !== undefined) this.#tails.delete(oldest)
  }

  of(index: number): string | undefined {
    const tail = this.#tails.get(index)
    return tail && textOf(tail)
  }

  /** Items `[from, to)` are told. */
  drop(from: number, to: number): void {
    for (const index of this.#tails.keys()) if (index >= from && index < to) this.#tails.delete(index)
  }

  /** All of them run again. */
  clear(): void {
    this.#tails.clear()
  }
}

/** A character whose beginning was cut off goes as a whole. */
function textOf(tail: Buffer): string {
  let start = 0
  while (start < 3 && ((tail[start] ?? 0) & 0xc0) === 0x80) start++
  return tail.subarray(start).toString()
}
