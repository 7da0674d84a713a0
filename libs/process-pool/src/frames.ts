/**
 * A frame: length of the rest as a little-endian uint32, a header of one line of JSON, LF, then a body of raw bytes (docs/child-protocol.md).
 */
export interface Frame {
  header: unknown
  body: Buffer
}

const lengthBytes = 4

/** Length and header of a frame, ready to be sent before its body. */
export function frameHead(header: object, bodyBytes: number): Buffer {
  const text = `${JSON.stringify(header)}\n`
  const headerBytes = Buffer.byteLength(text)
  const head = Buffer.allocUnsafe(lengthBytes + headerBytes)
  head.writeUInt32LE(headerBytes + bodyBytes)
  head.write(text, lengthBytes)
  return head
}

/** A whole frame whose body is text. */
export function textFrame(header: object, body: string): Buffer {
  const text = `${JSON.stringify(header)}\n${body}`
  const bytes = Buffer.byteLength(text)
  const frame = Buffer.allocUnsafe(lengthBytes + bytes)
  frame.writeUInt32LE(bytes)
  frame.write(text, lengthBytes)
  return frame
}

/** Cuts a stream of bytes into frames. Throws SyntaxError for a header that is no JSON, RangeError for a frame beyond the limit. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #have = 0
  #need = lengthBytes

  constructor(onFrame: (frame: Frame) => void, maxBytes: number) {
    this.#onFrame = onFrame
    this.#maxBytes = maxBytes
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#have += chunk.length
    // joined only when a whole frame is there: a large one is copied once
    if (this.#have < this.#need) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#have)
    const rest = bytes.subarray(this.#readAll(bytes))
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#have = rest.length
  }

  /** Gives how many bytes were used. */
  #readAll(bytes: Buffer): number {
    let at = 0
    for (;;) {
      this.#need = lengthBytes
      if (bytes.length - at < lengthBytes) return at
      const length = bytes.readUInt32LE(at)
      if (length > this.#maxBytes) throw new RangeError(`A frame of ${length} bytes is larger than ${this.#maxBytes}`)
      this.#need = lengthBytes + length
      if (bytes.length - at < this.#need) return at
      const frame = bytes.subarray(at + lengthBytes, at + this.#need)
      at += this.#need
      this.#onFrame(split(frame))
    }
  }
}

function split(frame: Buffer): Frame {
  const lf = frame.indexOf(0x0a)
  const end = lf < 0 ? frame.length : lf
  return { header: JSON.parse(frame.toString('utf8', 0, end)), body: frame.subarray(end + 1) }
}
