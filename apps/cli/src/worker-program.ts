import { environmentWith, readSettings, type Settings } from '@manyhands/settings'
import { textOf, textsOf } from './call-options.ts'
import type { Given, Option } from './command.ts'
import { functionsPath } from './functions-path.ts'
import { UserError } from './problem.ts'

/** What a worker's child processes are: Node with the functions, or a program of its own. */
export const programOptions: Record<string, Option> = {
  functions: { type: 'string', value: '<path>', help: 'The functions: a folder or a file; default: MANYHANDS_FUNCTIONS' },
  exec: { type: 'string', value: '<command>', help: 'Instead of Node: a program that speaks the child protocol; default: MANYHANDS_EXEC' },
}

/** The settings of a worker as its command line has them. Throws UserError and SettingsError. */
export function workerSettings(options: Given['options']): Settings {
  const settings = readSettings(environmentWith({ ...given(options, 'functions'), ...given(options, 'exec') }))
  if (!settings.exec) return { ...settings, functions: functionsPath(settings.functions, process.cwd()) }
  if (textsOf(options, 'import').length > 0)
    throw new UserError(`--import is for Node, and ${settings.exec.join(' ')} runs the functions here: leave one of the two away`, 2)
  return settings
}

function given(options: Given['options'], name: 'functions' | 'exec'): Record<string, string> {
  const text = textOf(options, name)
  return text === undefined ? {} : { [`MANYHANDS_${name.toUpperCase()}`]: text }
}

/** For the commands that watch or bring functions of Node: to pass over a setting in silence would be worse than not to start. */
export function refuseExec({ exec }: Settings, command: string): void {
  if (!exec) return
  const cure = 'unset it, or start manyhands api and manyhands worker, which use it'
  throw new UserError(`${command} runs functions on Node, and would pass over MANYHANDS_EXEC=${exec.join(' ')}: ${cure}`)
}
