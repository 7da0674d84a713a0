import { ConnectionError, ManyhandsError, RemoteError } from '@manyhands/client'
import { UserError } from './problem.ts'

/** A value as one line of JSON. What JSON has no word for is written as text. */
export function lineOf(value: unknown): string {
  return `${JSON.stringify(value ?? null, (_, part) => (typeof part === 'bigint' ? String(part) : part))}\n`
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
