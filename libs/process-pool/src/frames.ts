/**
 * A frame: length of the rest as a little-endian uint32, a header of one line of JSON, LF, then a body of raw bytes (docs/child-protocol.md).
 */
export interface Frame {
  header: unknown
  body: Buffer
}

const lengthBytes = 4

/** Length and header of a frame, to be followed by so many bytes of body. */
export function frameHead(header: object, bodyBytes: number): Buffer {
  const text = `${JSON.stringify(header)}\n`
  const headerBytes = Buffer.byteLength(text)
  const head = Buffer.allocUnsafe(lengthBytes + headerBytes)
  head.writeUInt32LE(headerBytes + bodyBytes)
  head.write(text, lengthBytes)
  return head
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #have = 0
  #need = lengthBytes

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * The frames that end in this chunk, one by one: those before a broken one are whole, and come first. Throws SyntaxError for a header that is
   * no JSON, RangeError for a frame beyond the limit; after that there is no more to read.
   */
  *push(chunk: Buffer): Generator<Frame, void> {
    this.#chunks.push(chunk)
    this.#have += chunk.length
    // joined only when a whole frame is there: a large one is copied once
    if (this.#have < this.#need) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#have)
    let at = 0
    for (; this.#isWhole(bytes, at); at += this.#need) yield split(bytes.subarray(at + lengthBytes, at + this.#need))
    const rest = bytes.subarray(at)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#have = rest.length
  }

  /** Whether the frame that begins there is all there. */
  #isWhole(bytes: Buffer, at: number): boolean {
    const left = bytes.length - at
    this.#need = left < lengthBytes ? lengthBytes : this.#frameBytes(bytes.readUInt32LE(at))
    return left >= this.#need
  }

  #frameBytes(length: number): number {
    if (length > this.#maxBytes) throw new RangeError(`A frame of ${length} bytes is larger than ${this.#maxBytes}`)
    return lengthBytes + length
  }
}

function split(frame: Buffer): Frame {
  const lf = frame.indexOf(0x0a)
  const end = lf < 0 ? frame.length : lf
  return { header: JSON.parse(frame.toString('utf8', 0, end)), body: frame.subarray(end + 1) }
}
