/** The parts of a JSON text that hold no others. Every function takes the place where its part begins and returns where it ends. */
import { ascii, readUtf8, refuse, unexpected } from './strict-json-trail.ts'

/** 1 for a byte that stands for itself inside a JSON string. */
const literal = new Uint8Array(256).fill(1, 0x20)
literal[ascii.quote] = 0
literal[ascii.backslash] = 0
/** 1 for whitespace. */
const space = new Uint8Array(256)
for (const letter of ' \t\n\r') space[letter.charCodeAt(0)] = 1
/** 1 for a letter that may follow a backslash, `u` left out. */
const simpleEscape = new Uint8Array(256)
for (const letter of '"\\/bfnrt') simpleEscape[letter.charCodeAt(0)] = 1
const hexDigit = new Uint8Array(256)
for (const letter of '0123456789abcdefABCDEF') hexDigit[letter.charCodeAt(0)] = 1

export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && (bytes[at] as number) <= 0x20 && space[bytes[at] as number] === 1) at++
  return at
}

/** The place of the first byte of a string that is its end, an escape or not allowed. */
export function skipLiteral(bytes: Uint8Array, from: number): number {
  let at = from + 1
  while (at < bytes.length && literal[bytes[at] as number] === 1) at++
  return at
}

export function skipString(bytes: Uint8Array, from: number): number {
  let at = skipLiteral(bytes, from)
  while (bytes[at] !== ascii.quote) {
    if (bytes[at] !== ascii.backslash) unexpected(bytes, at)
    at = skipLiteral(bytes, lastOfEscape(bytes, at))
  }
  return at + 1
}

/** The last byte of an escape whose backslash stands at `from`. */
function lastOfEscape(bytes: Uint8Array, from: number): number {
  const byte = bytes[from + 1]
  if (byte === undefined || simpleEscape[byte] === 1) return from + 1
  if (byte !== ascii.u) unexpected(bytes, from + 1)
  for (let at = from + 2; at < from + 6; at++) if (hexDigit[bytes[at] as number] !== 1) unexpected(bytes, at)
  return from + 5
}

/** `true`, `false` or `null`. */
export function skipWord(bytes: Uint8Array, from: number, word: string): number {
  for (let i = 1; i < word.length; i++) if (bytes[from + i] !== word.charCodeAt(i)) unexpected(bytes, from + i)
  return from + word.length
}

/** A number. Refuses what a double cannot hold. */
export function skipNumber(bytes: Uint8Array, from: number): number {
  const first = bytes[from] === ascii.minus ? from + 1 : from
  const whole = bytes[first] === ascii.zero ? first + 1 : skipDigits(bytes, first)
  const fraction = bytes[whole] === ascii.point ? skipDigits(bytes, whole + 1) : whole
  const end = isE(bytes[fraction]) ? skipExponent(bytes, fraction + 1) : fraction
  if (end > fraction || end - from > 15) checkNumber(bytes, from, end, end === whole)
  return end
}

const isE = (byte: number | undefined) => byte === ascii.lowerE || byte === ascii.upperE

function skipDigits(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && (bytes[at] as number) >= ascii.zero && (bytes[at] as number) <= ascii.nine) at++
  if (at === from) unexpected(bytes, at)
  return at
}

function skipExponent(bytes: Uint8Array, from: number): number {
  const signed = bytes[from] === ascii.plus || bytes[from] === ascii.minus
  return skipDigits(bytes, signed ? from + 1 : from)
}

function checkNumber(bytes: Uint8Array, from: number, to: number, integer: boolean): void {
  const text = readUtf8(bytes.subarray(from, to))
  if (isRepresentable(text, integer)) return
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text
  refuse(bytes, 'number-not-representable', `The number ${shown} does not fit a 64-bit float unchanged`)
}

/**
 * A number must be finite. One that is written as an integer must also come back: as the same digits, or as the same value.
 * So 9007199254740993 is refused, and nothing that JSON.stringify writes is.
 */
function isRepresentable(text: string, integer: boolean): boolean {
  const value = Number(text)
  if (!Number.isFinite(value)) return false
  return !integer || Number.isSafeInteger(value) || String(value) === text || BigInt(text) === BigInt(value)
}
