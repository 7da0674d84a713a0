import type { ErrorCode } from './errors.ts'
import { ProblemError } from './errors.ts'
import { limits } from './limits.ts'

export const ascii = {
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  upperE: 0x45,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  lowerE: 0x65,
  f: 0x66,
  n: 0x6e,
  t: 0x74,
  u: 0x75,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes as text. Throws ProblemError `invalid-json` where they are none. */
export function readUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new ProblemError('invalid-json', 'The JSON is not valid UTF-8')
  }
}

/**
 * The way to the value that a scan stands at. There is one, for all scans: each runs to its end before another begins, and a scan that
 * allocates nothing is three times as fast on short texts.
 */
export const trail = {
  depth: 0,
  /** By depth, from 1 on: the index of an element, or `~` of the place of a member's key. */
  steps: new Int32Array(limits.depth + 1),
}

/** JSON pointer (RFC 6901) of the value that the scan stands at. */
function pointer(bytes: Uint8Array): string {
  let text = ''
  for (const step of trail.steps.subarray(1, trail.depth + 1)) text += pointerStep(step >= 0 ? step : keyAt(bytes, ~step))
  return text
}

/** One step of a JSON pointer. */
export function pointerStep(step: string | number): string {
  return `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The key whose opening quote stands at `start`. */
export function keyAt(bytes: Uint8Array, start: number): string {
  let end = start + 1
  while (bytes[end] !== ascii.quote) end += bytes[end] === ascii.backslash ? 2 : 1
  return JSON.parse(readUtf8(bytes.subarray(start, end + 1)))
}

export function refuse(bytes: Uint8Array, code: ErrorCode, detail: string): never {
  throw new ProblemError(code, detail, { errors: [{ pointer: pointer(bytes), detail }] })
}

export function unexpected(bytes: Uint8Array, at: number): never {
  const byte = bytes[at]
  if (byte === undefined) refuse(bytes, 'invalid-json', `The JSON ends too early, at byte ${at}`)
  const seen = byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16).padStart(2, '0')}`
  refuse(bytes, 'invalid-json', `Unexpected ${seen} at byte ${at} of the JSON`)
}
