import { UnserializableError } from '@manyhands/contracts/wire'
import { canonical } from './canonical.ts'
import type { Failure } from './failure.ts'
import type { Kind, Method } from './method.ts'

/** What a script takes. */
export type Lowered = string | Uint8Array

/** An argument is not what the method takes. */
export class ArgumentError extends Error implements Failure {
  override readonly name = 'ArgumentError'
  readonly code: string
  /** Which one, from 0. */
  readonly index: number

  constructor(index: number, detail: string, code = 'type-error') {
    super(detail)
    this.index = index
    this.code = code
  }

  get detail(): string {
    return this.message
  }
}

type Lower = (value: unknown) => Lowered | Lowered[] | undefined

const whole = (value: unknown): string | undefined => (Number.isSafeInteger(value) ? `${value}` : undefined)
const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' && value.length <= 300 ? value : undefined)
/** The longest lease, in milliseconds. */
const longestMs = 3_600_000

const lowers: Record<string, Lower> = {
  value: (value) => canonical(value),
  values: (value) => (Array.isArray(value) ? [`${value.length}`, ...value.map(canonical)] : undefined),
  entries: (value) => (isEntries(value) ? [`${2 * value.length}`, ...value.flatMap((entry) => entry.map(canonical))] : undefined),
  number: (value) => (typeof value === 'number' && Number.isFinite(value) ? `${value}` : undefined),
  integer: whole,
  text: word,
  flag: (value) => (typeof value === 'boolean' ? `${Number(value)}` : undefined),
  ms: (value) => (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= longestMs ? `${value}` : undefined),
  bytes: (value) => (value instanceof Uint8Array ? value : undefined),
  code: (value) => (typeof value === 'string' && /^[bBhHiIlLqQfd*]$/.test(value) ? value : undefined),
  owner: word,
  token: (value) => (typeof value === 'string' && /^[0-9]{1,16}$/.test(value) ? value : undefined),
}

const meant: Record<string, string> = {
  values: 'an array',
  entries: 'an array of [key, value]',
  number: 'a finite number',
  integer: 'an integer',
  text: 'a word',
  flag: 'true or false',
  ms: `a whole number of milliseconds from 1 to ${longestMs}`,
  bytes: 'bytes',
  code: 'a type code: one of b B h H i I l L q Q f d *',
  owner: 'the id of an owner',
  token: 'the token of a grant, as a string of digits',
}

function isEntries(value: unknown): value is [unknown, unknown][] {
  return Array.isArray(value) && value.every((entry) => Array.isArray(entry) && entry.length === 2)
}

/** A call's arguments as a script takes them. Throws ArgumentError. */
export function lower({ takes }: Method, args: readonly unknown[]): Lowered[] {
  const kinds = Object.entries(takes)
  if (args.length > kinds.length) throw new ArgumentError(kinds.length, `it takes ${kinds.length} arguments, not ${args.length}`)
  return kinds.flatMap(([name, kind], index) => lowerOne(name, kind, args[index], index))
}

function lowerOne(name: string, kind: Kind, value: unknown, index: number): Lowered | Lowered[] {
  const base = kind.replace('?', '')
  const given = value === null && base !== 'value' ? undefined : value
  if (given === undefined && kind.endsWith('?')) return isList(base) ? '0' : ''
  const lowered = given === undefined && base !== 'value' ? undefined : lowerGiven(name, base, given, index)
  if (lowered !== undefined) return lowered
  throw new ArgumentError(index, `${name} is not ${meant[base]}`, base === 'ms' ? 'invalid-ttl' : 'type-error')
}

const isList = (base: string): boolean => base === 'values' || base === 'entries'

/** Undefined for what is not of the kind. */
function lowerGiven(name: string, base: string, given: unknown, index: number): ReturnType<Lower> {
  try {
    return lowers[base]?.(given)
  } catch (error) {
    if (error instanceof UnserializableError) throw new ArgumentError(index, `${name} cannot be sent: ${error.message}`)
    throw error
  }
}
