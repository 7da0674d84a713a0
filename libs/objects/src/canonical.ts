import { encode } from '@manyhands/contracts/wire'

/**
 * The text that a value is kept as: JSON with tags (docs/wire.md), the keys of objects in order, so that equal values have equal texts.
 * Throws UnserializableError.
 */
export const canonical = (value: unknown): string => encode(sorted(value, 0), 'tagged')

/** As deep as values may be: what is deeper is refused by `encode`. */
const deepest = 70

function sorted(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > deepest) return value
  if (Array.isArray(value)) return value.some(isObject) ? Array.from(value, (item) => sorted(item, depth + 1)) : value
  return Object.getPrototypeOf(value) === Object.prototype ? sortedObject(value as Record<string, unknown>, depth) : value
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

function sortedObject(value: Record<string, unknown>, depth: number): Record<string, unknown> {
  const names = Object.keys(value)
  if (names.length < 2 && !names.some((name) => isObject(value[name]))) return value
  // no prototype is set by a name: `__proto__` stays a key, which encode refuses
  return Object.fromEntries(names.sort().map((name) => [name, sorted(value[name], depth + 1)]))
}
