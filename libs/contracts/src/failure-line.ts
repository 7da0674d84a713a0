import type { ErrorCode, ItemError } from './errors.ts'
import type { Wire } from './media.ts'
import { encode } from './wire.ts'

const maxMessage = 8 << 10
const maxStack = 4 << 10
const maxFields = 4 << 10
const maxCauses = 3
/** Of an error's own fields these are ours; `code` is given as `errorCode`. */
const reserved = new Set(['name', 'code', 'message', 'stack', 'at', '__proto__'])

/** An item's error as JSON. Whatever was thrown: a string, a frozen object, one whose getters throw. */
export function failureLine(thrown: unknown, code: ErrorCode, at: ItemError['at'], wire: Wire): string {
  const known = { name: nameOf(thrown), code, message: messageOf(thrown), stack: stackOf(thrown), at }
  return withFields(JSON.stringify(known), ownFields(thrown, wire))
}

function withFields(json: string, fields: string[]): string {
  return fields.length === 0 ? json : `${json.slice(0, -1)},${fields.join(',')}}`
}

function nameOf(thrown: unknown): string {
  const name = text(field(thrown, 'name'))
  return name ? cut(name, 256) : 'Error'
}

function messageOf(thrown: unknown): string {
  if (!isObject(thrown)) return cut(typeof thrown === 'string' ? thrown : `${String(thrown)} was thrown`, maxMessage)
  return cut(text(field(thrown, 'message')) ?? jsonOf(thrown) ?? 'An object was thrown that cannot be read', maxMessage)
}

/** With the stacks of its causes, as Python's traceback has them: a failed fetch says why only there. */
function stackOf(thrown: unknown): string | undefined {
  const stack = text(field(thrown, 'stack'))
  const causes = causesOf(thrown).map((cause) => `\nCaused by: ${text(field(cause, 'stack')) ?? messageOf(cause)}`)
  if (causes.length === 0) return stack && cut(stack, maxStack)
  return cut([stack ?? nameOf(thrown), ...causes].map((one) => cut(one, maxStack / (causes.length + 1))).join(''), maxStack)
}

/** An error may be its own cause. */
function causesOf(thrown: unknown): unknown[] {
  const causes: unknown[] = []
  for (let at = field(thrown, 'cause'); at !== undefined && causes.length < maxCauses; at = field(at, 'cause')) causes.push(at)
  return causes
}

/** Own enumerable fields as `"name":value`, written as results are, as many as fit; what the wire cannot hold is left out. */
function ownFields(thrown: unknown, wire: Wire): string[] {
  const fields: string[] = []
  let room = maxFields
  for (const key of keysOf(thrown)) {
    const json = encoded(field(thrown, key), wire)
    const name = key === 'code' ? 'errorCode' : key
    if (json === undefined || reserved.has(name) || json.length + name.length > room) continue
    room -= json.length + name.length
    fields.push(`${JSON.stringify(escaped(name, wire))}:${json}`)
  }
  return fields
}

/** A name that begins with $ is no tag. */
const escaped = (name: string, wire: Wire) => (wire === 'tagged' && name.startsWith('$') ? `$${name}` : name)

function encoded(value: unknown, wire: Wire): string | undefined {
  return value === undefined ? undefined : attempt(() => encode(value, wire))
}

const isObject = (value: unknown): value is object => (typeof value === 'object' && value !== null) || typeof value === 'function'
const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
/** No half of a surrogate pair is left at the end. */
const cut = (value: string, length: number) => (value.length > length ? value.slice(0, length) : value).toWellFormed()

function keysOf(thrown: unknown): string[] {
  if (!isObject(thrown)) return []
  return attempt(() => Object.keys(thrown)) ?? []
}

function field(thrown: unknown, key: string): unknown {
  return isObject(thrown) ? attempt(() => Reflect.get(thrown, key)) : undefined
}

function jsonOf(value: unknown): string | undefined {
  return attempt(() => JSON.stringify(value))
}

/** Reading what a function threw runs its code (getters, proxies, toJSON), which may throw again: then that part is left out. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
