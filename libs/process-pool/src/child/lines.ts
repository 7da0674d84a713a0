import { isAscii, isUtf8 } from 'node:buffer'
import type { Wire } from '@manyhands/contracts'
import { decodeItem, type Live } from '@manyhands/contracts/wire'

const lf = 0x0a
const windowBytes = 256 << 10

/**
 * Reads the values of a run's body, one a line. Windows of whole lines are made into strings at once, which is what makes small items cheap;
 * a window with bad UTF-8 stays bytes, so that only its bad lines fail.
 */
export class Lines {
  readonly #body: Buffer
  readonly #wire: Wire
  readonly #live: Live | undefined
  #start = 0
  #end = 0
  #text: string | undefined
  /** Place of the next line in the window. */
  #at = 0

  /** @param live what shared objects in a value are read as */
  constructor(body: Buffer, wire: Wire, live?: Live) {
    this.#body = body
    this.#wire = wire
    this.#live = live
  }

  /** The next value. Throws ProblemError when the line is none; the line after it comes next all the same. */
  next(): unknown {
    if (this.#start + this.#at >= this.#end || this.#isRead()) this.#open(this.#end)
    return this.#text === undefined ? this.#nextBytes() : this.#nextText(this.#text)
  }

  /** Goes back to the first line and over `lines` of them. */
  rewind(lines: number): void {
    let at = 0
    for (let i = 0; i < lines; i++) at = this.#lineEnd(at) + 1
    this.#open(at)
  }

  #isRead(): boolean {
    return this.#text !== undefined && this.#at >= this.#text.length
  }

  #open(start: number): void {
    const cut = this.#body.lastIndexOf(lf, start + windowBytes)
    const window = this.#body.subarray(start, cut < start ? this.#lineEnd(start) + 1 : cut + 1)
    this.#start = start
    this.#end = start + window.length
    this.#at = 0
    this.#text = isAscii(window) ? window.toString('latin1') : isUtf8(window) ? window.toString() : undefined
  }

  #lineEnd(from: number): number {
    const end = this.#body.indexOf(lf, from)
    return end < 0 ? this.#body.length : end
  }

  #nextText(text: string): unknown {
    const start = this.#at
    // small integers by hand: half the cost of a map over numbers
    let value = 0
    let at = start
    let digit = text.charCodeAt(at) - 0x30
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digit = text.charCodeAt(++at) - 0x30
    }
    if (digit === lf - 0x30 && at - start <= 9 && at > start && (at === start + 1 || text.charCodeAt(start) !== 0x30)) {
      this.#at = at + 1
      return value
    }
    const lineEnd = text.indexOf('\n', at)
    const end = lineEnd < 0 ? text.length : lineEnd
    this.#at = end + 1
    return decodeItem(text.slice(start, end), this.#wire, this.#live)
  }

  #nextBytes(): unknown {
    const start = this.#start + this.#at
    const end = this.#lineEnd(start)
    this.#at = end + 1 - this.#start
    return decodeItem(this.#body.subarray(start, end), this.#wire, this.#live)
  }
}
