import { ConnectionError, ManyhandsError, RemoteError } from '@manyhands/client'
import { UserError } from './problem.ts'

/** For the help of what prints results. */
export const resultDetail =
  'A result is JSON, with NaN, Infinity, -0 and integers of any size as they are; a date is text, bytes are base64.'

/** A value as one line: JSON, and for what JSON has no word the words of Python's json (docs/wire.md, "In the shell"). */
export function lineOf(value: unknown): string {
  return `${textOf(value)}\n`
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`
  return isPlainObject(value) ? `{${fieldsOf(value).join(',')}}` : JSON.stringify(value ?? null)
}

/** Not a date: JSON.stringify writes it well. */
function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

function fieldsOf(value: object): string[] {
  return Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${textOf(field)}`)
}

/** An error as a person reads it. A bug of ours has its stack. */
export function errorText(error: unknown): string {
  if (!(error instanceof ManyhandsError)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (error instanceof ConnectionError) return `${error.message}\nTo start one: npx manyhands dev. To use another: MANYHANDS_URL or --url.`
  const item = error instanceof RemoteError ? `item ${error.index}: ` : ''
  const code = error.code === 'function-error' ? '' : ` (${error.code})`
  return `${item}${error.name}: ${error.message}${code}`
}

/** What the service refuses, and what a function throws, is for the user to mend: it is told without a stack of ours. */
export async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw error instanceof ManyhandsError ? new UserError(errorText(error)) : error
  }
}
