/** The beginning of a line whose end has not come. Many small pieces cost no more than their bytes. */
export class LineRest {
  #bytes: Buffer = Buffer.alloc(0)
  length = 0

  /** Appends `source` from `from` on. */
  add(source: Buffer, from: number): void {
    const length = this.length + source.length - from
    if (length > this.#bytes.length) this.#grow(length)
    source.copy(this.#bytes, this.length, from)
    this.length = length
  }

  /** The whole line, with its last piece; the rest is empty then. */
  take(last: Buffer): Buffer {
    this.add(last, 0)
    const line = this.#bytes.subarray(0, this.length)
    this.#bytes = Buffer.alloc(0)
    this.length = 0
    return line
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.length)
    this.#bytes = grown
  }
}
