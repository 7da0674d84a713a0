import { limits, ProblemError } from '@manyhands/contracts'
import type { Block } from './block.ts'
import { tableStep } from './block.ts'
import { BlockBuilder, LF } from './block-builder.ts'
import { LineRest } from './line-rest.ts'

const CR = 0x0d
const SPACE = 0x20
const bom = Buffer.from([0xef, 0xbb, 0xbf])
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
  readonly #rest: LineRest
  #skip: number
  #items = 0
  /** The first bytes, while they may be those of a BOM; undefined afterwards. */
  #head: Buffer | undefined = Buffer.alloc(0)

  constructor(options: LineCutterOptions) {
    this.#itemBytes = options.itemBytes
    this.#blocks = new BlockBuilder(options.blockBytes ?? limits.block)
    this.#rest = new LineRest()
    this.#skip = options.skip ?? 0
  }

  /** Items seen so far, dropped ones included. */
  get items(): number {
    return this.#items
  }

  /** Takes the next piece and gives the blocks that it filled. Throws ProblemError `item-too-large`, also for a line that has not ended. */
  push(piece: Buffer): Block[] {
    const chunk = this.#head ? this.#withoutBom(this.#head, piece) : piece
    const rest = this.#takeLines(chunk, this.#endRest(chunk))
    this.#rest.add(chunk, rest)
    this.#check(this.#rest.length - 1)
    return this.#blocks.take()
  }

  /** Gives the lines that are whole and not yet in a block. */
  flush(): Block | undefined {
    this.#blocks.finish()
    return this.#blocks.take()[0]
  }

  /** The input has ended; its last line may lack its LF. */
  end(): Block[] {
    if (this.#head) this.#rest.add(this.#head, 0)
    this.#head = undefined
    const last = this.#rest.take()
    this.#addLine(last, 0, last.length)
    this.#blocks.finish()
    return this.#blocks.take()
  }

  #withoutBom(head: Buffer, piece: Buffer): Buffer {
    const start = head.length === 0 ? piece : Buffer.concat([head, piece])
    const undecided = start.length < bom.length && bom.subarray(0, start.length).equals(start)
    this.#head = undecided ? start : undefined
    if (undecided) return start.subarray(start.length)
    return start.subarray(0, bom.length).equals(bom) ? start.subarray(bom.length) : start
  }

  /** Ends the line that earlier pieces began; returns where the next one begins. */
  #endRest(chunk: Buffer): number {
    if (this.#rest.length === 0) return 0
    const end = chunk.indexOf(LF)
    if (end < 0) return 0
    this.#check(this.#rest.length + end - 1)
    const line = this.#rest.take(chunk.subarray(0, end))
    this.#addLine(line, 0, line.length)
    return end + 1
  }

  /** Takes the lines that end in the chunk; returns where the unfinished one begins. */
  #takeLines(chunk: Buffer, from: number): number {
    let line = from
    for (;;) {
      line = this.#takeStretch(chunk, line)
      const end = chunk.indexOf(LF, line)
      if (end < 0) return line
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
    for (let end = from; end < last; end++) {
      if (chunk[end] !== LF) continue
      if ((chunk[line] as number) <= SPACE || chunk[end - 1] === CR || end - line > itemBytes) break
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
  #addLine(source: Buffer, from: number, end: number): void {
    const to = end > from && source[end - 1] === CR ? end - 1 : end
    this.#check(to - from)
    if (isBlank(source, from, to)) return
    this.#items++
    if (this.#skip > 0) this.#skip--
    else this.#blocks.addLine(source, from, to)
  }

  #check(bytes: number): void {
    if (bytes > this.#itemBytes) throw new ProblemError('item-too-large', `Item ${this.#items} is larger than the limit of ${this.#itemBytes} bytes`)
  }
}

function isBlank(source: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = source[at] as number
    if (byte !== SPACE && byte !== 0x09 && byte !== CR) return false
  }
  return true
}
