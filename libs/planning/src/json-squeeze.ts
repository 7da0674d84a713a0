import type { JsonSpan } from '@manyhands/contracts'
import { LF } from './block-builder.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c

/** How a byte outside strings changes the depth. */
const nesting = new Int8Array(256)
for (const letter of '[{') nesting[letter.charCodeAt(0)] = 1
for (const letter of ']}') nesting[letter.charCodeAt(0)] = -1

/** The text of a JSON value without the whitespace between its tokens. */
export function squeeze(span: JsonSpan): Buffer {
  return squeezeInto(Buffer.allocUnsafe(span.end - span.start), span, COMMA)
}

/** The elements of a JSON array, squeezed, one a line. */
export function squeezeLines(array: JsonSpan): Buffer {
  const inside = { bytes: array.bytes, start: array.start + 1, end: array.end - 1 }
  const target = Buffer.allocUnsafe(inside.end - inside.start + 1)
  const { length } = squeezeInto(target, inside, LF)
  if (length > 0) target[length] = LF
  return target.subarray(0, length > 0 ? length + 1 : 0)
}

/** The text of the elements of a JSON array, squeezed, with commas between them. */
export function squeezeElements({ bytes, start, end }: JsonSpan): Buffer {
  return squeeze({ bytes, start: start + 1, end: end - 1 })
}

/** `separator` is written for each comma of the outermost level. */
function squeezeInto(target: Buffer, { bytes, start, end }: JsonSpan, separator: number): Buffer {
  let length = 0
  let depth = 0
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte <= 0x20) continue
    depth += nesting[byte] as number
    target[length++] = byte === COMMA && depth === 0 ? separator : byte
    if (byte !== QUOTE) continue
    const stop = stringEnd(bytes, at)
    while (at < stop) target[length++] = bytes[++at] as number
  }
  return target.subarray(0, length)
}

/** The closing quote of the string that begins at `from`. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}
