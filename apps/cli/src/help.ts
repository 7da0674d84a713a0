import { type Command, type Entry, type Option, optionsOf } from './command.ts'

/** What `manyhands --help` prints. */
export function helpOf(commands: Entry[]): string {
  const rows = commands.map(({ name, summary }): [string, string] => [name, summary])
  return [
    'Usage: manyhands <command>',
    '',
    ...indented(rows),
    '',
    'manyhands <command> --help tells more of one. manyhands --version prints the version.',
    'Settings come from the environment: PORT, HOST, REDIS_URL, MANYHANDS_PROCESSES ...; the README has the table.',
  ].join('\n')
}

/** What `manyhands <command> --help` prints. */
export function helpOfCommand({ name, summary }: Entry, command: Command): string {
  const shown = Object.entries(optionsOf(command)).filter(([, { hidden }]) => !hidden)
  const rows = shown.map(([name, option]): [string, string] => [optionText(name, option), option.help])
  const usage = `Usage: manyhands ${name} ${command.usage}`.trimEnd()
  return [usage, '', `${summary}.`, ...command.details, '', ...indented(rows)].join('\n')
}

function optionText(name: string, { short, value }: Option): string {
  return `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`
}

function indented(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
