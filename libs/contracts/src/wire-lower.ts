import { limits } from './limits.ts'
import type { Wire } from './media.ts'
import { toBase64 } from './wire-base64.ts'
import type { Place } from './wire-place.ts'
import { depthOf, pointerOf } from './wire-place.ts'
import { sharedRef } from './wire-shared.ts'

/** A value cannot be written as JSON; the message says what it is and where. */
export class UnserializableError extends Error {
  override readonly name = 'UnserializableError'
  readonly code = 'result-not-serializable'
  /** JSON pointer (RFC 6901) of the culprit inside the value; '' = the value itself. */
  readonly path: string

  constructor(what: string, path: string, options?: ErrorOptions) {
    super(`The value${path && ` at ${path}`} ${what}`, options)
    this.path = path
  }
}

/** A copy of the value in terms of what JSON can hold, on the tagged wire with tags. Throws UnserializableError. */
export function lower(value: unknown, wire: Wire, place: Place | undefined): unknown {
  switch (typeof value) {
    case 'number':
      return lowerNumber(value, wire, place)
    case 'bigint':
      return tag('$bigint', () => String(value), value, wire, place)
    case 'object':
      return value && lowerObject(value, wire, place)
    case 'function':
    case 'symbol':
      return refuse(value, place)
    default:
      return value ?? null
  }
}

function lowerNumber(value: number, wire: Wire, place: Place | undefined): unknown {
  if (!Number.isFinite(value)) return tag('$number', () => String(value), value, wire, place)
  return wire === 'tagged' && Object.is(value, -0) ? tag('$number', () => '-0', value, wire, place) : value
}

function lowerObject(value: object, wire: Wire, place: Place | undefined): unknown {
  checkDepth(value, place)
  if (Array.isArray(value)) return Array.from(value, (item, key) => lower(item, wire, { parent: place, container: value, key }))
  if (value instanceof Date) return tag('$date', () => value.toJSON(), value, wire, place)
  if (value instanceof Uint8Array) return tag('$bytes', () => toBase64(value), value, wire, place)
  const ref = sharedRef(value)
  if (ref !== undefined) return tag('$shared', () => ref, value, wire, place)
  if ('toJSON' in value && typeof value.toJSON === 'function') return lowerJson(value, value.toJSON(String(place?.key ?? '')), wire, place)
  return isPlain(value) ? lowerFields(value, wire, place) : refuse(value, place)
}

/** `json`: what the value's own toJSON gave. */
function lowerJson(value: object, json: unknown, wire: Wire, place: Place | undefined): unknown {
  return json === value ? lowerFields(value, wire, place) : lower(json, wire, place)
}

function lowerFields(value: object, wire: Wire, place: Place | undefined): Record<string, unknown> {
  const lowered: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    const here = { parent: place, container: value, key }
    checkKey(here)
    if (field !== undefined) lowered[wire === 'tagged' && key.startsWith('$') ? `$${key}` : key] = lower(field, wire, here)
  }
  return lowered
}

function tag(name: string, content: () => unknown, value: unknown, wire: Wire, place: Place | undefined): unknown {
  if (wire === 'plain') refuse(value, place)
  checkDepth(undefined, place)
  return { [name]: content() }
}

/** What `decodeItem` refuses is not written either. */
function checkKey(place: Place): void {
  const forbidden = place.key === '__proto__' || (place.key === 'prototype' && place.parent?.key === 'constructor')
  if (forbidden) throw new UnserializableError('has a key that is not allowed', pointerOf(place))
}

/** Refuses the 65th level, where every cycle comes by. */
function checkDepth(value: object | undefined, place: Place | undefined): void {
  if (depthOf(place) < limits.depth) return
  let cycle: Place | undefined
  for (let above = place; above; above = above.parent) if (above.container === value) cycle = above
  if (cycle) throw new UnserializableError('contains itself: JSON cannot hold a cycle', pointerOf(cycle.parent))
  throw new UnserializableError(`is nested deeper than ${limits.depth} levels`, pointerOf(place))
}

/** Made by Object, this realm's or another's, or by nothing. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function refuse(value: unknown, place: Place | undefined): never {
  throw new UnserializableError(`is ${describe(value)}, which JSON cannot hold`, pointerOf(place))
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return 'a BigInt'
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  return `an instance of ${Object.getPrototypeOf(value).constructor?.name || 'a class without a name'}`
}
