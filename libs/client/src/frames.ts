import type { Job } from '@manyhands/contracts'
import { ManyhandsError } from './errors.ts'

/** Results of some items: `runs` of indexes, in the order of the lines; `failed` are positions of lines that hold an error. */
export interface Part {
  runs: [from: number, to: number][]
  failed: number[]
  lines: Uint8Array
}

interface Header {
  runs?: [number, number][]
  failed?: number[]
  bytes?: number
  end?: Job
}

const utf8 = new TextDecoder()
const LF = 10

/** Takes a stream of parts as it comes, in pieces that are cut anywhere, and gives whole parts and the end. */
export class FrameReader {
  #head: Uint8Array = new Uint8Array(0)
  #part: (Part & { filled: number }) | undefined
  /** Parts and keep-alives that came whole: a sign of life. */
  complete = 0
  /** The job, once its last line has come. */
  end: Job | undefined

  /** The parts that are complete with this piece. Throws on anything that is no part stream. */
  push(piece: Uint8Array): Part[] {
    const done: Part[] = []
    let rest = piece
    while (rest.length > 0) rest = this.#part ? this.#body(this.#part, rest, done) : this.#header(rest)
    return done
  }

  #header(piece: Uint8Array): Uint8Array {
    const end = piece.indexOf(LF)
    this.#head = joined(this.#head, end === -1 ? piece : piece.subarray(0, end))
    if (end === -1) return piece.subarray(piece.length)
    const header = parse(utf8.decode(this.#head))
    this.#head = this.#head.subarray(0, 0)
    this.#begin(header)
    return piece.subarray(end + 1)
  }

  #begin(header: Header): void {
    if (header.end) this.end = header.end
    if (header.runs === undefined || !header.bytes) this.complete++
    else this.#part = { runs: header.runs, failed: header.failed ?? [], lines: new Uint8Array(header.bytes), filled: 0 }
  }

  #body(part: Part & { filled: number }, piece: Uint8Array, done: Part[]): Uint8Array {
    const some = piece.subarray(0, part.lines.length - part.filled)
    part.lines.set(some, part.filled)
    part.filled += some.length
    if (part.filled === part.lines.length) {
      this.#part = undefined
      this.complete++
      done.push(part)
    }
    return piece.subarray(some.length)
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b.slice()
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function parse(line: string): Header {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new ManyhandsError(`the server's answer is no stream of parts: ${line.slice(0, 80)}`, 'bad-answer', { cause })
  }
}
