/**
 * Values as JSON text (docs/serialisation.md). Ordinary values are only looked through and then written by JSON.stringify itself; a value
 * that holds something else is copied into what JSON can hold, or refused by name.
 */
import { limits } from './limits.ts'
import type { Wire } from './media.ts'
import { lower, UnserializableError } from './wire-lower.ts'

const DOLLAR = 0x24

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
  switch (typeof value) {
    case 'number':
      return value - value === 0 && (value !== 0 || wire === 'plain' || 1 / value > 0)
    case 'object':
      return value === null || (depth < limits.depth && isOrdinaryObject(value, wire, depth + 1))
    default:
      return typeof value === 'string' || typeof value === 'boolean' || value === undefined
  }
}

function isOrdinaryObject(value: object, wire: Wire, depth: number): boolean {
  if (Array.isArray(value)) return isOrdinaryArray(value, wire, depth)
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key in value) {
    if (!isOrdinaryKey(key, wire) || !isOrdinary((value as Record<string, unknown>)[key], wire, depth)) return false
  }
  return true
}

function isOrdinaryArray(values: unknown[], wire: Wire, depth: number): boolean {
  for (let i = 0; i < values.length; i++) if (!isOrdinary(values[i], wire, depth)) return false
  return true
}

function isOrdinaryKey(key: string, wire: Wire): boolean {
  return key !== '__proto__' && key !== 'constructor' && (wire === 'plain' || key.charCodeAt(0) !== DOLLAR)
}
