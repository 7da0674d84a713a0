import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { closest } from '@manyhands/planning'
import { type Command, parseCommand } from './command.ts'
import { commands } from './commands/index.ts'
import { helpOf, helpOfCommand } from './help.ts'
import { errorText } from './output.ts'
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
  else process.stderr.write(`${isPlain(error) ? error.message : errorText(error)}\n`)
  return error instanceof UserError ? error.exitCode : 1
}

async function dispatch([name = '--help', ...args]: string[]): Promise<number> {
  if (name === '--version' || name === '-v') return say(version())
  const known = commands.filter(({ hidden }) => !hidden)
  if (name === '--help' || name === '-h' || name === 'help') return say(helpOf(known))
  const command = commands.find((one) => one.name === name)
  if (!command) throw unknownCommand(name, known)
  const given = parseCommand(command, args)
  return given.options['help'] === true ? say(helpOfCommand(command)) : command.run(given)
}

function say(text: string): number {
  console.log(text)
  return 0
}

function version(): string {
  const file = findPackageJSON(import.meta.url)
  return file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function unknownCommand(name: string, known: Command[]): UserError {
  const meant = closest(
    name,
    known.map((command) => command.name),
  )
  const cure = meant ? `Did you mean manyhands ${meant}?` : 'manyhands --help lists what there is.'
  return new UserError(`There is no command ${name}. ${cure}`, 2)
}
