import type { CallOptions } from '@manyhands/client'
import type { Given, Option } from './command.ts'
import { UserError } from './problem.ts'

/** The options that map and apply share. */
export const callOptions: Record<string, Option> = {
  pool: { type: 'string', value: '<name>', help: 'The pool to run in; default: default' },
  attempts: { type: 'string', value: '<n>', help: 'Runs of a failing item, the first one counted' },
  'timeout-ms': { type: 'string', value: '<ms>', help: 'Longest run of one item' },
  url: { type: 'string', value: '<url>', help: 'Where the API is; default: MANYHANDS_URL, else http://127.0.0.1:3000' },
}

export function callOptionsOf(options: Given['options']): CallOptions {
  return { attempts: wholeNumberOf(options, 'attempts'), timeoutMs: wholeNumberOf(options, 'timeout-ms') }
}

/** A text option, or undefined. */
export function textOf(options: Given['options'], name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may come several times. */
export function textsOf(options: Given['options'], name: string): string[] {
  const value = options[name]
  return Array.isArray(value) ? value : []
}

/** A whole number from 1 on, or undefined. Throws UserError for anything else. */
export function wholeNumberOf(options: Given['options'], name: string): number | undefined {
  const text = textOf(options, name)
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text)
  throw new UserError(`--${name} takes a whole number from 1 on, not ${text}`, 2)
}

/** A JSON array, or undefined. Throws UserError for anything else. */
export function listOf(options: Given['options'], name: string): unknown[] | undefined {
  const text = textOf(options, name)
  if (text === undefined) return undefined
  const value = parsed(text)
  if (Array.isArray(value)) return value
  throw new UserError(`--${name} takes a JSON array, for example --${name} '[1, "two"]', not ${text}`, 2)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
