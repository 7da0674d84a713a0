import { LF } from './block-builder.ts'

const CR = 0x0d
const bom = Buffer.from([0xef, 0xbb, 0xbf])
const nothing: Buffer = Buffer.alloc(0)

/** Takes a BOM at the very start and every CR before an LF out of text that comes in pieces. */
export class LineFilter {
  #begun = false
  /** The last bytes, when only the next piece tells what they are: the start of a BOM, or a CR. */
  #held = nothing

  push(piece: Buffer): Buffer {
    const chunk = this.#held.length > 0 ? Buffer.concat([this.#held, piece]) : piece
    this.#held = nothing
    const text = this.#begun ? chunk : this.#withoutBom(chunk)
    const open = text.at(-1) === CR
    if (open) this.#held = text.subarray(-1)
    return withoutCr(open ? text.subarray(0, -1) : text)
  }

  /** What was held when the text ended; a CR falls away there, too. */
  end(): Buffer {
    return this.#begun ? nothing : this.#held
  }

  #withoutBom(chunk: Buffer): Buffer {
    if (chunk.length < bom.length && bom.subarray(0, chunk.length).equals(chunk)) {
      this.#held = chunk
      return nothing
    }
    this.#begun = true
    return chunk.subarray(0, bom.length).equals(bom) ? chunk.subarray(bom.length) : chunk
  }
}

function withoutCr(chunk: Buffer): Buffer {
  if (!chunk.includes(CR)) return chunk
  const kept = Buffer.allocUnsafe(chunk.length)
  let length = 0
  for (let at = 0; at < chunk.length; at++) {
    if (chunk[at] !== CR || chunk[at + 1] !== LF) kept[length++] = chunk[at] as number
  }
  return kept.subarray(0, length)
}
