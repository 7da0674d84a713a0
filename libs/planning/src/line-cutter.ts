import { limits, ProblemError } from '@manyhands/contracts'
import type { Block } from './block.ts'
import { tableStep } from './block.ts'
import { BlockBuilder, LF } from './block-builder.ts'
import { LineFilter } from './line-filter.ts'
import { LineRest } from './line-rest.ts'

const SPACE = 0x20

export interface LineCutterOptions {
  /** Largest line, in bytes, its line end left out. */
  itemBytes: number
  /** Largest block, in bytes, but for one larger line. */
  blockBytes?: number
  /** Lines at the start that are stored already: they are dropped. */
  skip?: number
}

/**
 * Cuts NDJSON that comes in pieces into blocks (engine.md: Input). It cuts at LF only; a BOM at the very start and a CR before an LF fall away;
 * a line of nothing but whitespace is no item. What a line holds is not looked at, so bad UTF-8 stays as it is and fails in the child.
 * Never holds more than the block being filled, one unfinished line and the piece in hand.
 */
export class LineCutter {
  readonly #itemBytes: number
  readonly #blocks: BlockBuilder
  readonly #filter = new LineFilter()
  readonly #rest = new LineRest()
  #skip: number
  #items = 0

  constructor(options: LineCutterOptions) {
    this.#itemBytes = options.itemBytes
    this.#blocks = new BlockBuilder(options.blockBytes ?? limits.block)
    this.#skip = options.skip ?? 0
  }

  /** Items seen so far, dropped ones included. */
  get items(): number {
    return this.#items
  }

  /** Takes the next piece and gives the blocks that it filled. Throws ProblemError `item-too-large`, also for a line that has not ended. */
  push(piece: Buffer): Block[] {
    const chunk = this.#filter.push(piece)
    const rest = this.#takeLines(chunk, this.#endRest(chunk))
    this.#rest.add(chunk, rest)
    this.#check(this.#rest.length)
    return this.#blocks.take()
  }

  /** Gives the lines that are whole and not yet in a block. */
  flush(): Block | undefined {
    this.#blocks.finish()
    return this.#blocks.take()[0]
  }

  /** The input has ended; its last line may lack its LF. */
  end(): Block[] {
    const last = this.#rest.take(this.#filter.end())
    this.#addLine(last, 0, last.length)
    this.#blocks.finish()
    return this.#blocks.take()
  }

  /** Ends the line that earlier pieces began; returns where the next one begins. */
  #endRest(chunk: Buffer): number {
    if (this.#rest.length === 0) return 0
    const end = chunk.indexOf(LF)
    if (end < 0) return 0
    const line = this.#rest.take(chunk.subarray(0, end))
    this.#addLine(line, 0, line.length)
    return end + 1
  }

  /** Takes the lines that end in the chunk; returns where the unfinished one begins. */
  #takeLines(chunk: Buffer, from: number): number {
    let line = from
    for (;;) {
      line = this.#takeStretch(chunk, line)
      const end = lineEnd(chunk, line, chunk.length)
      if (end === chunk.length) return line
      this.#addLine(chunk, line, end)
      line = end + 1
    }
  }

  /** The hot loop: takes ordinary lines as one stretch, as far as they reach and fit; returns where the next line begins. */
  #takeStretch(chunk: Buffer, from: number): number {
    const blocks = this.#blocks
    const itemBytes = this.#skip === 0 ? this.#itemBytes : -1
    const last = Math.min(from + blocks.room, chunk.length)
    let unmarked = blocks.unmarked
    let count = 0
    let line = from
    for (let end = lineEnd(chunk, from, last); end < last; end = lineEnd(chunk, line, last)) {
      if ((chunk[line] as number) <= SPACE || end - line > itemBytes) break
      if (unmarked === 0) blocks.mark(line - from, count)
      unmarked = (unmarked - 1) & (tableStep - 1)
      count++
      line = end + 1
    }
    blocks.copy(chunk, from, line, count)
    this.#items += count
    return line
  }

  /** Any line, given without its LF. */
  #addLine(source: Buffer, from: number, to: number): void {
    this.#check(to - from)
    if (isBlank(source, from, to)) return
    this.#items++
    if (this.#skip > 0) this.#skip--
    else this.#blocks.addLine(source, from, to)
  }

  #check(bytes: number): void {
    if (bytes > this.#itemBytes)
      throw new ProblemError('item-too-large', `Item ${this.#items} is larger than the limit of ${this.#itemBytes} bytes`)
  }
}

/** The place of the next LF, or `last`. For short lines a loop is much faster than `indexOf`. */
function lineEnd(chunk: Buffer, from: number, last: number): number {
  let at = from
  while (at < last && chunk[at] !== LF) at++
  return at
}

function isBlank(source: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = source[at] as number
    if (byte !== SPACE && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}
