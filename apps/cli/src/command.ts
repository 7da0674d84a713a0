import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { UserError } from './problem.ts'

/** An option as the help shows it. */
export interface Option {
  type: 'boolean' | 'string'
  /** What stands for the value in the help: `--functions <path>`. */
  value?: string
  help: string
  multiple?: boolean
  /** One letter. */
  short?: string
  /** Not for people: left out of the help. */
  hidden?: boolean
}

export interface Given {
  /** What is no option, in order. */
  words: string[]
  options: Record<string, string | boolean | string[] | undefined>
}

/** A command as the list of commands shows it. It is loaded when it is used: `manyhands map` starts without what `manyhands api` needs. */
export interface Entry {
  name: string
  /** One line. */
  summary: string
  /** Left out of the help where it has nothing to run. */
  hidden?: boolean
  load(): Promise<Command>
}

/** One command of `manyhands`: one file each in commands/. */
export interface Command {
  /** The words after the name: `<function> [items...|-]`. */
  usage: string
  /** What the help says below the usage, each entry a line. */
  details: string[]
  options: Record<string, Option>
  /** Fewest and most words. */
  words: [least: number, most: number]
  /** Returns the exit code. Throws UserError for what the user can mend. */
  run(given: Given): Promise<number>
}

const helpOption: Option = { type: 'boolean', short: 'h', help: 'Print this help' }

/** The options of a command, with the one that all have. */
export function optionsOf(command: Command): Record<string, Option> {
  return { ...command.options, help: helpOption }
}

/** Takes a command line apart. Rejects with UserError (exit code 2) for what the command does not have. */
export async function parseCommand(name: string, command: Command, args: string[]): Promise<Given> {
  const config = configOf(optionsOf(command))
  const guarded = args.map((arg) => (negative.test(arg) ? `${mark}${arg}` : arg))
  await refuseUnknown(name, guarded, config, command)
  const { values, positionals } = strictly(guarded, config)
  const [least, most] = command.words
  const wrong = positionals.length < least || positionals.length > most
  if (wrong && values['help'] !== true) throw new UserError(`Usage: manyhands ${name} ${command.usage}`, 2)
  const options = Object.entries(values).map(([option, value]) => [option, withoutMarks(value)])
  return { words: positionals.map(unmarked), options: Object.fromEntries(options) }
}

// parseArgs takes -5 for an option; a mark that no shell can pass keeps it a word
const mark = '\0'
const negative = /^-[\d.]/
const unmarked = (word: string): string => word.replace(mark, '')

/** An option's value may be a negative number too. */
function withoutMarks(value: Given['options'][string]): Given['options'][string] {
  if (Array.isArray(value)) return value.map(unmarked)
  return typeof value === 'string' ? unmarked(value) : value
}

function configOf(options: Record<string, Option>): ParseArgsOptionsConfig {
  const entries = Object.entries(options)
  return Object.fromEntries(entries.map(([name, { type, multiple = false, short }]) => [name, { type, multiple, ...(short && { short }) }]))
}

async function refuseUnknown(name: string, args: string[], options: ParseArgsOptionsConfig, command: Command): Promise<void> {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue
    const meant = await meantBy(token.name, Object.keys(options))
    const cure = meant ? `Did you mean --${meant}?` : cureOf(name, command, token)
    throw new UserError(`manyhands ${name} has no option ${token.rawName}. ${cure}`, 2)
  }
}

/** What stands behind a function's name may have been meant for the function. */
function cureOf(name: string, { words: [, most] }: Command, { index, rawName }: { index: number; rawName: string }): string {
  if (most !== Number.POSITIVE_INFINITY || index === 0) return `manyhands ${name} --help lists what there is.`
  return (
    `Options stand before the function, and manyhands ${name} --help lists them; ` +
    `what the function is to get is JSON, or stands behind --: manyhands ${name} <function> -- ${rawName}`
  )
}

/** What is wrong beyond unknown names (a missing value) Node says well enough, in its first line. */
function strictly(args: string[], options: ParseArgsOptionsConfig): { values: Given['options']; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    return { values: values as Given['options'], positionals }
  } catch (error) {
    throw new UserError(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), 2)
  }
}

/** The name that was probably meant. Loaded only for a mistake. */
export async function meantBy(given: string, names: string[]): Promise<string | undefined> {
  const { closest } = await import('@manyhands/planning')
  return closest(given, names)
}
