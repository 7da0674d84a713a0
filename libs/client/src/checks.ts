import { ValueError } from './errors.ts'

/** What an option may be: types are gone in plain JavaScript, and a mistake that is passed over runs as something else. */
export interface Kind {
  takes(value: unknown): boolean
  /** Completes "must be ...". */
  meant: string
}
export type Kinds = Readonly<Record<string, Kind>>

export const anything: Kind = { takes: () => true, meant: 'anything' }
export const text: Kind = { takes: (value) => typeof value === 'string', meant: 'a string' }
export const callable: Kind = { takes: (value) => typeof value === 'function', meant: 'a function' }
export const list: Kind = { takes: Array.isArray, meant: 'an array' }
export const wholeFrom = (least: number): Kind => ({
  takes: (value) => Number.isInteger(value) && Number(value) >= least,
  meant: `${least} or more`,
})

export interface Options {
  /** Who takes them, as a sentence begins: `connect()`. */
  of: string
  kinds: Kinds
  /** What was meant, in code, by something that is no object of options at all. */
  cure(given: unknown): string
}

/** Throws ValueError, which says what was wrong and what was meant. An option that is undefined is absent. */
export function checkOptions(given: unknown, { of, kinds, cure }: Options): void {
  if (!isPlainObject(given)) throw new ValueError(`${of} takes an object of options, not ${shown(given)}; meant is ${cure(given)}`)
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(kinds, name)) throw new ValueError(`${of} has no option ${name}; ${hint(name, Object.keys(kinds))}`)
    checkValue(name, given[name], kinds[name] as Kind)
  }
}

/** Throws ValueError. */
export function checkValue(name: string, value: unknown, { takes, meant }: Kind): void {
  if (value !== undefined && !takes(value)) throw new ValueError(`${name} must be ${meant}, not ${shown(value)}`)
}

/** An object as `{}` makes it, also in another realm: a URL or an AbortSignal has no options in it, and would be passed over. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Array.isArray(value))
}

/** A value, in words or in code. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object' || value === null) return String(value)
  return isPlainObject(value) ? 'an object' : `an object of ${value.constructor?.name || 'a class'}`
}

function hint(given: string, names: string[]): string {
  const meant = closest(given, names)
  return meant === undefined ? `it takes ${names.join(', ')}` : `did you mean ${meant}?`
}

/** The name with the fewest edits, if a third of its letters are enough: `process` for `processes`, `chunksize` for `chunkSize`. */
function closest(given: string, names: string[]): string | undefined {
  const limit = Math.max(1, Math.floor(given.length / 3))
  const edits = names.map((name) => editsBetween(given.toLowerCase(), name.toLowerCase()))
  const fewest = Math.min(...edits)
  return fewest <= limit ? names[edits.indexOf(fewest)] : undefined
}

/** Levenshtein's distance, one row at a time. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = at(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(at(above, j) + 1, at(row, j - 1) + 1, swap))
    }
  }
  return at(row, b.length)
}

const at = (row: number[], i: number): number => row[i] as number
