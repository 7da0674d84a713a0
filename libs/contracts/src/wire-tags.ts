import { ProblemError } from './errors.ts'
import { fromBase64 } from './wire-base64.ts'
import type { Place } from './wire-place.ts'
import { pointerOf } from './wire-place.ts'

/** What stands for a tag's content; undefined = the content is malformed. */
type Reader = (content: string) => unknown

const numbers = new Map([
  ['-0', -0],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

const readers = new Map<string, Reader>([
  ['$bigint', (digits) => (/^-?[0-9]+$/.test(digits) ? BigInt(digits) : undefined)],
  ['$number', (name) => numbers.get(name)],
  ['$date', readDate],
  ['$bytes', fromBase64],
])

/** RFC 3339 with a zone, or the six-digit years of Date.prototype.toISOString. */
const timestamp = /^(\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function readDate(text: string): Date | undefined {
  const date = new Date(timestamp.test(text) ? text : Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** A cheap test for text that may hold tags or escaped keys. */
export function mayHaveTags(text: string): boolean {
  return text.includes('"$') || text.includes('\\u0024')
}

/** The shared object of a `$shared` tag; undefined when the text names none. */
export type Live = (ref: string) => unknown

/**
 * Puts values in the place of tags, and takes escaped keys back. Changes what it is given. Throws ProblemError `invalid-json` with a pointer.
 * @param live absent = shared objects are not known here
 */
export function hydrate(value: unknown, live: Live | undefined, place?: Place): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (const [key, item] of value.entries()) value[key] = hydrate(item, live, { parent: place, container: value, key })
    return value
  }
  const fields = Object.entries(value)
  const [first] = fields
  if (fields.length === 1 && first && isTag(first[0])) return readTag(first[0], first[1], live, place)
  return Object.fromEntries(
    fields.map(([key, field]) => [plainKey(key, place), hydrate(field, live, { parent: place, container: value, key })]),
  )
}

const isTag = (key: string) => key.startsWith('$') && !key.startsWith('$$')

function readTag(tag: string, content: unknown, live: Live | undefined, place: Place | undefined): unknown {
  if (tag === '$date' && content === null) return new Date(Number.NaN)
  const reader = tag === '$shared' ? live : readers.get(tag)
  if (!reader) refuse(`The tag ${tag} is not known here; a key of your own that begins with $ is written with $$`, place)
  return (typeof content === 'string' ? reader(content) : undefined) ?? refuse(`The content of the tag ${tag} is malformed`, place)
}

function plainKey(key: string, place: Place | undefined): string {
  if (isTag(key))
    refuse(`The key ${key} is no tag, since it does not stand alone; a key of your own that begins with $ is written with $$`, place)
  return key.startsWith('$') ? key.slice(1) : key
}

function refuse(detail: string, place: Place | undefined): never {
  throw new ProblemError('invalid-json', detail, { errors: [{ pointer: pointerOf(place), detail }] })
}
