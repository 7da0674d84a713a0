import { ascii, readUtf8 } from './strict-json-trail.ts'

/** The place of a value in a JSON text that has passed `scanJson`: bytes [start, end), whitespace around it left out. */
export interface JsonSpan {
  bytes: Uint8Array
  start: number
  end: number
}

export const isObject = (span: JsonSpan): boolean => span.bytes[span.start] === ascii.openObject
export const isArray = (span: JsonSpan): boolean => span.bytes[span.start] === ascii.openArray

/** What JSON.parse makes of the value. */
export function parseSpan(span: JsonSpan): unknown {
  return JSON.parse(readUtf8(span.bytes.subarray(span.start, span.end)))
}

/** The values of an object by key, as raw text; of anything else, none. */
export function membersOf(object: JsonSpan): Map<string, JsonSpan> {
  const members = new Map<string, JsonSpan>()
  if (!isObject(object)) return members
  const places = split(object)
  for (let i = 0; i < places.length; i += 2) members.set(parseSpan(places[i] as JsonSpan) as string, places[i + 1] as JsonSpan)
  return members
}

/** The elements of an array as raw text; of anything else, none. */
export function elementsOf(array: JsonSpan): JsonSpan[] {
  return isArray(array) ? split(array) : []
}

/** What stands between the brackets, commas and colons of the outermost level. */
function split({ bytes, start, end }: JsonSpan): JsonSpan[] {
  const spans: JsonSpan[] = []
  for (let at = skipGap(bytes, start + 1); at < end - 1; ) {
    const valueEnd = skipKnown(bytes, at)
    spans.push({ bytes, start: at, end: valueEnd })
    at = skipGap(bytes, valueEnd)
  }
  return spans
}

/** 1 for whitespace, comma and colon: what stands between two values. */
const gap = new Uint8Array(256)
for (const byte of [0x20, 0x09, 0x0a, 0x0d, ascii.comma, ascii.colon]) gap[byte] = 1
/** How a byte outside strings changes the depth. */
const nesting = new Int8Array(256)
nesting[ascii.openArray] = nesting[ascii.openObject] = 1
nesting[ascii.closeArray] = nesting[ascii.closeObject] = -1

function skipGap(bytes: Uint8Array, from: number): number {
  let at = from
  while (gap[bytes[at] as number] === 1) at++
  return at
}

/** The end of the value that begins at `from`. Trusts the text, so brackets need only be counted. */
function skipKnown(bytes: Uint8Array, from: number): number {
  let depth = 0
  let at = from
  do {
    const byte = bytes[at] as number
    if (byte === ascii.quote) at = skipKnownString(bytes, at)
    else at = nesting[byte] === 0 ? skipScalar(bytes, at) : at + 1
    depth += nesting[byte] as number
    if (depth > 0) at = skipGap(bytes, at)
  } while (depth > 0)
  return at
}

function skipKnownString(bytes: Uint8Array, from: number): number {
  let at = from + 1
  while (bytes[at] !== ascii.quote) at += bytes[at] === ascii.backslash ? 2 : 1
  return at + 1
}

/** A number or a word. */
function skipScalar(bytes: Uint8Array, from: number): number {
  let at = from
  while (gap[bytes[at] as number] === 0 && nesting[bytes[at] as number] === 0) at++
  return at
}
