import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { type Entry, meantBy, parseCommand } from './command.ts'
import { commands } from './commands/index.ts'
import { helpOf, helpOfCommand } from './help.ts'
import { isPlain, UserError } from './problem.ts'
import { isStarted, report } from './services/report.ts'

/** Runs one command line and returns the exit code: 1 when it failed, 2 when it was not understood. */
export async function run(args: string[]): Promise<number> {
  try {
    return await dispatch(args)
  } catch (error) {
    return await explain(error)
  }
}

/** A started service tells its starter what the user can mend; all else is written where it happens. */
async function explain(error: unknown): Promise<number> {
  if (isStarted && isPlain(error)) await report({ type: 'refused', message: error.message })
  else process.stderr.write(`${textOf(error)}\n`)
  return error instanceof UserError ? error.exitCode : 1
}

/** What is written for a person stands alone; anything else is a bug, and has its stack. */
function textOf(error: unknown): string {
  if (isPlain(error)) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

async function dispatch([name = '--help', ...args]: string[]): Promise<number> {
  if (name === '--version' || name === '-v') return say(version())
  const known = commands.filter(({ hidden }) => !hidden)
  if (name === '--help' || name === '-h' || name === 'help') return say(helpOf(known))
  const entry = commands.find((one) => one.name === name)
  if (!entry) throw await unknownCommand(name, known)
  const command = await entry.load()
  const given = await parseCommand(name, command, args)
  return given.options['help'] === true ? say(helpOfCommand(entry, command)) : command.run(given)
}

function say(text: string): number {
  console.log(text)
  return 0
}

function version(): string {
  const file = findPackageJSON(import.meta.url)
  return file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

async function unknownCommand(name: string, known: Entry[]): Promise<UserError> {
  const names = known.map((entry) => entry.name)
  const meant = await meantBy(name, names)
  const cure = meant ? `Did you mean manyhands ${meant}?` : 'manyhands --help lists what there is.'
  return new UserError(`There is no command ${name}. ${cure}`, 2)
}
