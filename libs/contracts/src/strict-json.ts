/**
 * One JSON text, judged before an object is made of it (docs/wire.md: What is refused). The scan is a recursive descent; it cannot overflow the
 * stack, since it stops at the 65th level. Every function takes the place where its part begins and returns where it ends.
 */
import { limits } from './limits.ts'
import { noteKey, noteObject } from './strict-json-keys.ts'
import type { JsonSpan } from './strict-json-span.ts'
import { skipLiteral, skipNumber, skipSpace, skipString, skipWord } from './strict-json-token.ts'
import { ascii, readUtf8, refuse, trail, unexpected } from './strict-json-trail.ts'

/**
 * Checks one JSON text and gives the place of its value. Throws ProblemError with a JSON pointer:
 * `invalid-json` (syntax, UTF-8, a key twice in one object, `__proto__`, `constructor.prototype`), `too-deep` (more than 64 levels) or
 * `number-not-representable`.
 */
export function scanJson(bytes: Uint8Array): JsonSpan {
  readUtf8(bytes)
  return scanUtf8(bytes)
}

/** The same for bytes that are known to be UTF-8. */
export function scanUtf8(bytes: Uint8Array): JsonSpan {
  trail.depth = 0
  const start = skipSpace(bytes, 0)
  const end = skipValue(bytes, start)
  const rest = skipSpace(bytes, end)
  if (rest < bytes.length) unexpected(bytes, rest)
  return { bytes, start, end }
}

function skipValue(bytes: Uint8Array, from: number): number {
  const byte = bytes[from]
  if (byte === ascii.quote) return skipString(bytes, from)
  if (byte === ascii.openObject) return skipObject(bytes, from)
  if (byte === ascii.openArray) return skipArray(bytes, from)
  if (byte === ascii.t) return skipWord(bytes, from, 'true')
  if (byte === ascii.f) return skipWord(bytes, from, 'false')
  if (byte === ascii.n) return skipWord(bytes, from, 'null')
  return skipNumber(bytes, from)
}

function skipArray(bytes: Uint8Array, from: number): number {
  const depth = enter(bytes)
  let at = skipSpace(bytes, from + 1)
  for (let index = 0; bytes[at] !== ascii.closeArray || index > 0; index++) {
    trail.steps[depth] = index
    at = skipSpace(bytes, skipValue(bytes, at))
    if (bytes[at] !== ascii.comma) break
    at = skipSpace(bytes, at + 1)
  }
  return leave(bytes, at, ascii.closeArray)
}

function skipObject(bytes: Uint8Array, from: number): number {
  const depth = enter(bytes)
  noteObject()
  let at = skipSpace(bytes, from + 1)
  for (let first = true; bytes[at] !== ascii.closeObject || !first; first = false) {
    at = skipSpace(bytes, skipValue(bytes, skipKey(bytes, at, depth)))
    if (bytes[at] !== ascii.comma) break
    at = skipSpace(bytes, at + 1)
  }
  return leave(bytes, at, ascii.closeObject)
}

/** A key, its colon and the whitespace around that. Until the key is read, a complaint points at its object. */
function skipKey(bytes: Uint8Array, from: number, depth: number): number {
  trail.depth = depth - 1
  if (bytes[from] !== ascii.quote) unexpected(bytes, from)
  const plainEnd = skipLiteral(bytes, from)
  const escaped = bytes[plainEnd] !== ascii.quote
  const end = escaped ? skipString(bytes, from) : plainEnd + 1
  trail.depth = depth
  trail.steps[depth] = ~from
  noteKey(bytes, from, end, escaped)
  const colon = skipSpace(bytes, end)
  if (bytes[colon] !== ascii.colon) unexpected(bytes, colon)
  return skipSpace(bytes, colon + 1)
}

function enter(bytes: Uint8Array): number {
  if (trail.depth === limits.depth) refuse(bytes, 'too-deep', `The JSON is nested deeper than ${limits.depth} levels`)
  return ++trail.depth
}

function leave(bytes: Uint8Array, at: number, close: number): number {
  if (bytes[at] !== close) unexpected(bytes, at)
  trail.depth--
  return at + 1
}
