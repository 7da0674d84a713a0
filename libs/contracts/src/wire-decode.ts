import { ProblemError } from './errors.ts'
import { limits } from './limits.ts'
import type { Wire } from './media.ts'
import { scanUtf8 } from './strict-json.ts'
import { readUtf8 } from './strict-json-trail.ts'
import { hydrate, type Live, mayHaveTags } from './wire-tags.ts'

/**
 * Reads what `encode` wrote, alone or inside an envelope: a result, a list of them. Throws ProblemError `invalid-json`.
 * Text from a caller is read by `decodeItem`.
 */
export function decode(text: string, wire: Wire, live?: Live): unknown {
  const value = parse(text)
  return wire === 'tagged' && mayHaveTags(text) ? hydrate(value, live) : value
}

/**
 * Reads one value that a caller sent, as strictly as `scanJson` reads a body. Throws ProblemError `invalid-json`, `too-deep` or
 * `number-not-representable`. Give it the bytes of a line that may not be UTF-8.
 */
export function decodeItem(line: string | Uint8Array, wire: Wire, live?: Live): unknown {
  const text = typeof line === 'string' ? line : readUtf8(line)
  const integer = smallInteger(text)
  if (integer >= 0) return integer
  const value = parse(text)
  if (countKeys(value, 0) !== countColons(text)) scanText(text)
  return wire === 'tagged' && mayHaveTags(text) ? hydrate(value, live) : value
}

/** The number, when the text is one of 1 to 9 digits and nothing else; else -1. */
function smallInteger(text: string): number {
  const { length } = text
  if (length > 9 || length === 0 || (length > 1 && text.charCodeAt(0) === 0x30)) return -1
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    scanText(text)
    throw new ProblemError('invalid-json', error instanceof Error ? error.message : String(error))
  }
}

/** Throws what is wrong with the text, if anything is. */
function scanText(text: string): void {
  scanUtf8(new TextEncoder().encode(text))
}

/**
 * Keys of all objects in a parsed value; NaN when it holds what only a scan of its text can judge. Looking through the value costs a fifth of
 * parsing it, a scan as much again.
 */
function countKeys(value: unknown, depth: number): number {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? 0 : Number.NaN
  if (typeof value !== 'object' || value === null) return 0
  if (depth === limits.depth) return Number.NaN
  return Array.isArray(value) ? countElementKeys(value, depth + 1) : countOwnKeys(value as Record<string, unknown>, depth + 1)
}

function countElementKeys(values: unknown[], depth: number): number {
  let keys = 0
  for (let i = 0; i < values.length; i++) keys += countKeys(values[i], depth)
  return keys
}

function countOwnKeys(value: Record<string, unknown>, depth: number): number {
  let keys = 0
  for (const key in value) keys += key === '__proto__' || key === 'constructor' ? Number.NaN : 1 + countKeys(value[key], depth)
  return keys
}

/**
 * Colons that may stand behind a key, so at least as many as the text has keys; NaN in doubt. More than the value has: a key may have come
 * twice. (A colon behind a letter or a digit, as in a time or a URL, is inside a string.)
 */
function countColons(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at > 0; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1)
    if (before <= 0x20) return Number.NaN
    if (before === 0x22) count++
  }
  return count
}
