import type { DoneMessage } from '../messages.ts'
import type { Outbox } from './outbox.ts'

/** Enough for one message, also when items take no time at all. */
const maxResults = 4096
const maxBytes = 256 << 10
const firstBytes = 64 << 10
const lf = 0x0a
/** Longest integer that `addInteger` writes, with sign and LF. */
const integerBytes = 18
/** An integer is written as two 32-bit ones, of which the lower has nine digits: these are cheap to divide. */
const lowerPart = 1e9

/** Finished items that have not been told yet: their lines, as bytes. */
export class Results {
  #bytes = Buffer.allocUnsafeSlow(firstBytes)
  #length = 0
  #count = 0
  #failed = new Set<number>()

  get count(): number {
    return this.#count
  }

  /** How many of them failed. */
  get failures(): number {
    return this.#failed.size
  }

  get isFull(): boolean {
    return this.#count >= maxResults || this.#length >= maxBytes
  }

  /** A safe integer (ECMA-262), written by hand: no string is made. */
  addInteger(value: number): void {
    if (this.#length + integerBytes > this.#bytes.length) this.#grow(integerBytes)
    if (value < 0) this.#bytes[this.#length++] = 0x2d
    const size = Math.abs(value)
    const upper = Math.floor(size / lowerPart)
    if (upper === 0) this.#addDigits(size, digitsOf(size))
    else {
      this.#addDigits(upper, digitsOf(upper))
      this.#addDigits(size - upper * lowerPart, 9)
    }
    this.#bytes[this.#length++] = lf
    this.#count++
  }

  #addDigits(value: number, digits: number): void {
    const [bytes, from] = [this.#bytes, this.#length]
    let rest = value | 0
    for (let at = from + digits - 1; at >= from; at--) {
      const tenth = (rest / 10) | 0
      bytes[at] = 0x30 + rest - tenth * 10
      rest = tenth
    }
    this.#length = from + digits
  }

  add(line: string): void {
    const most = line.length * 3 + 1
    if (this.#length + most > this.#bytes.length) this.#grow(most)
    this.#length += this.#bytes.write(line, this.#length)
    this.#bytes[this.#length++] = lf
    this.#count++
  }

  addFailure(line: string): void {
    this.#failed.add(this.#count)
    this.add(line)
  }

  /** The item at this position failed after all. */
  replace(position: number, line: string): void {
    let start = 0
    for (let i = 0; i < position; i++) start = this.#bytes.indexOf(lf, start) + 1
    const after = Buffer.from(this.#bytes.subarray(this.#bytes.indexOf(lf, start) + 1, this.#length))
    this.#length = start
    this.addFailure(line)
    this.#count--
    this.#failed.delete(this.#count)
    this.#failed.add(position)
    this.#grow(after.length)
    this.#length += after.copy(this.#bytes, this.#length)
  }

  clear(): void {
    // one large result must not keep its room for ever
    if (this.#bytes.length > 2 * maxBytes) this.#bytes = Buffer.allocUnsafeSlow(firstBytes)
    this.#length = 0
    this.#count = 0
    this.#failed.clear()
  }

  send(outbox: Outbox, about: Pick<DoneMessage, 'run' | 'itemUs' | 'cpuUs' | 'end'>): void {
    const failed = [...this.#failed].sort((a, b) => a - b)
    outbox.send({ type: 'done', count: this.#count, failed, ...about }, this.#bytes.subarray(0, this.#length))
    this.clear()
  }

  #grow(more: number): void {
    const bytes = Buffer.allocUnsafeSlow(2 * this.#bytes.length + more)
    this.#bytes.copy(bytes, 0, 0, this.#length)
    this.#bytes = bytes
  }
}

/** Decimal digits of a whole number below 2 ** 31. */
function digitsOf(value: number): number {
  let digits = 1
  for (let limit = 10; value >= limit; limit *= 10) digits++
  return digits
}
