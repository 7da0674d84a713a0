import type { Block } from './block.ts'
import { tableStep } from './block.ts'

export const LF = 0x0a
/** Bytes of one row of a block's table. */
const rowBytes = 4
/** Bytes that are copied faster one by one than by a call of `copy`. */
const shortCopy = 48

/**
 * Gathers lines into blocks of at most `blockBytes`; a larger line is a block of its own. Finished blocks pile up until `take`.
 * Whole stretches of lines are copied at once: `mark` every 16th line, then `copy` the stretch.
 */
export class BlockBuilder {
  readonly #blockBytes: number
  #text: Buffer
  #table: Buffer
  readonly #tableBytes: number
  #used = 0
  #count = 0
  #ready: Block[] = []

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes
    // The shortest line has one byte and its LF.
    this.#tableBytes = rowBytes * Math.ceil(blockBytes / 2 / tableStep + 1)
    this.#table = Buffer.allocUnsafeSlow(this.#tableBytes)
    this.#text = this.#newText()
  }

  /** Bytes that still go into the block. */
  get room(): number {
    return this.#blockBytes - this.#used
  }

  /** Lines until one is marked again; 0 = the next one is. */
  get unmarked(): number {
    return -this.#count & (tableStep - 1)
  }

  /** Writes into the table where a line begins: `ahead` bytes and `lines` lines behind what was copied. */
  mark(ahead: number, lines: number): void {
    this.#table.writeUInt32LE(this.#used + ahead, ((this.#count + lines) / tableStep) * rowBytes)
  }

  /** Appends whole lines, which must fit into `room`. */
  copy(source: Buffer, from: number, to: number, lines: number): void {
    this.#count += lines
    this.#used = copyBytes(source, from, to, this.#text, this.#used)
  }

  /** Appends the line [from, to) of `source`, given without its LF. */
  addLine(source: Buffer, from: number, to: number): void {
    if (to - from + 1 > this.room) this.finish()
    if (to - from + 1 > this.#blockBytes) {
      this.#ready.push(blockOfLines([source.subarray(from, to)]))
      return
    }
    if (this.unmarked === 0) this.mark(0, 0)
    this.copy(source, from, to, 1)
    this.#text[this.#used++] = LF
  }

  /** Ends the block that is being filled, if it has lines. */
  finish(): void {
    if (this.#count === 0) return
    this.#ready.push(this.#takeBlock(this.#table.subarray(0, tableBytes(this.#count))))
    this.#used = 0
    this.#count = 0
  }

  /** The blocks that were finished since the last call. */
  take(): Block[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  /** The table stands right behind the text, so that both are stored without another copy. A small block is copied: it must not hold on to a whole one's memory. */
  #takeBlock(table: Buffer): Block {
    table.copy(this.#text, this.#used)
    const end = this.#used + table.length
    const small = this.#used < this.#blockBytes / 2
    const bytes = small ? Buffer.from(this.#text.subarray(0, end)) : this.#text
    if (!small) this.#text = this.#newText()
    return { text: bytes.subarray(0, this.#used), count: this.#count, table: bytes.subarray(this.#used, end) }
  }

  #newText(): Buffer {
    return Buffer.allocUnsafeSlow(this.#blockBytes + this.#tableBytes)
  }
}

const tableBytes = (count: number) => Math.ceil(count / tableStep) * rowBytes

/** One block of lines that are given without their LF. */
export function blockOfLines(lines: Buffer[]): Block {
  const table = Buffer.alloc(tableBytes(lines.length))
  const text = Buffer.allocUnsafe(lines.reduce((sum, line) => sum + line.length + 1, 0))
  let used = 0
  for (const [i, line] of lines.entries()) {
    if (i % tableStep === 0) table.writeUInt32LE(used, (i / tableStep) * rowBytes)
    used += line.copy(text, used)
    text[used++] = LF
  }
  return { text, count: lines.length, table }
}

/** Returns the place behind the copied bytes. */
function copyBytes(source: Buffer, from: number, to: number, target: Buffer, start: number): number {
  if (to - from >= shortCopy) return start + source.copy(target, start, from, to)
  let end = start
  for (let at = from; at < to; at++) target[end++] = source[at] as number
  return end
}
