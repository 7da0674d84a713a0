/**
 * Values as JSON text (docs/serialisation.md). Ordinary values are only looked through and then written by JSON.stringify itself; a value
 * that holds something else is copied into what JSON can hold, or refused by name.
 */
import { limits } from './limits.ts'
import type { Wire } from './media.ts'
import { toBase64 } from './wire-base64.ts'
import { depthOf, pointerOf } from './wire-place.ts'
import type { Place } from './wire-place.ts'

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

/** A value as one line of JSON. Throws UnserializableError. undefined becomes null, as it does in arrays; an undefined property is left out. */
export function encode(value: unknown, wire: Wire): string {
  if (typeof value === 'number' && value - value === 0 && value !== 0) return `${value}`
  try {
    return JSON.stringify(isOrdinary(value, wire, 0) ? (value ?? null) : lower(value, wire, undefined))
  } catch (error) {
    if (error instanceof UnserializableError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new UnserializableError(`could not be read: ${reason}`, '', { cause: error })
  }
}

/** Whether JSON.stringify writes the value so that it arrives equal. Says no when in doubt; `lower` decides then. */
function isOrdinary(value: unknown, wire: Wire, depth: number): boolean {
  if (typeof value === 'number') return value - value === 0 && (value !== 0 || wire === 'plain' || 1 / value > 0)
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean' || value === undefined
  if (value === null) return true
  if (depth === limits.depth) return false
  if (!Array.isArray(value)) return isOrdinaryObject(value, wire, depth + 1)
  for (let i = 0; i < value.length; i++) if (!isOrdinary(value[i], wire, depth + 1)) return false
  return true
}

function isOrdinaryObject(value: object, wire: Wire, depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key in value) {
    if (key === '__proto__' || key === 'constructor' || (wire === 'tagged' && key.charCodeAt(0) === 0x24)) return false
    if (!isOrdinary((value as Record<string, unknown>)[key], wire, depth)) return false
  }
  return true
}

/** The value in terms of what JSON can hold: on the tagged wire with tags. */
function lower(value: unknown, wire: Wire, place: Place | undefined): unknown {
  if (typeof value === 'number') return lowerNumber(value, wire, place)
  if (typeof value === 'bigint') return tag('$bigint', String(value), value, wire, place)
  if (typeof value === 'function' || typeof value === 'symbol') return refuse(value, place)
  if (typeof value !== 'object' || value === null) return value ?? null
  checkDepth(value, place)
  if (value instanceof Date) return tag('$date', Number.isNaN(value.getTime()) ? null : value.toISOString(), value, wire, place)
  if (value instanceof Uint8Array) return wire === 'tagged' ? tag('$bytes', toBase64(value), value, wire, place) : refuse(value, place)
  if (Array.isArray(value)) return Array.from(value, (item, key) => lower(item, wire, { parent: place, container: value, key }))
  if ('toJSON' in value && typeof value.toJSON === 'function') return lowerOwnJson(value, value.toJSON(String(place?.key ?? '')), wire, place)
  return isPlainObject(value) ? lowerObject(value, wire, place) : refuse(value, place)
}

function lowerNumber(value: number, wire: Wire, place: Place | undefined): unknown {
  if (!Number.isFinite(value)) return tag('$number', String(value), value, wire, place)
  return wire === 'tagged' && Object.is(value, -0) ? tag('$number', '-0', value, wire, place) : value
}

function tag(name: string, content: unknown, value: unknown, wire: Wire, place: Place | undefined): unknown {
  if (wire === 'plain') refuse(value, place)
  checkDepth(undefined, place)
  return { [name]: content }
}

/** `json`: what the value's own toJSON gave. */
function lowerOwnJson(value: object, json: unknown, wire: Wire, place: Place | undefined): unknown {
  return json === value ? lowerObject(value, wire, place) : lower(json, wire, place)
}

function lowerObject(value: object, wire: Wire, place: Place | undefined): Record<string, unknown> {
  const lowered: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    const here = { parent: place, container: value, key }
    if (key === '__proto__' || (key === 'prototype' && place?.key === 'constructor')) throw new UnserializableError('has a key that is not allowed', pointerOf(here))
    if (field !== undefined) lowered[wire === 'tagged' && key.startsWith('$') ? `$${key}` : key] = lower(field, wire, here)
  }
  return lowered
}

/** A value at the 65th level: a cycle brings each one there. */
function checkDepth(value: object | undefined, place: Place | undefined): void {
  if (depthOf(place) < limits.depth) return
  for (let above = place; above; above = above.parent) {
    if (above.container === value) throw new UnserializableError('contains itself: JSON cannot hold a cycle', pointerOf(above.parent))
  }
  throw new UnserializableError(`is nested deeper than ${limits.depth} levels`, pointerOf(place))
}

/** A prototype of Object, this realm's or another's, or none. */
function isPlainObject(value: object): boolean {
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
