const lf = 0x0a

/** The lines of a buffer, looked up from the first to the last: each look-up goes on where the one before it ended. */
export class LineCursor {
  readonly #bytes: Buffer
  #line = 0
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Where line n begins; n never falls. */
  startOf(line: number): number {
    for (; this.#line < line; this.#line++) this.#at = this.#lineEnd() + 1
    return Math.min(this.#at, this.#bytes.length)
  }

  /** Line n without its LF. */
  line(line: number): Buffer {
    const start = this.startOf(line)
    return this.#bytes.subarray(start, this.#lineEnd())
  }

  #lineEnd(): number {
    const end = this.#bytes.indexOf(lf, this.#at)
    return end < 0 ? this.#bytes.length : end
  }
}
