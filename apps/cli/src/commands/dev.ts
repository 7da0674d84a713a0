import { relative } from 'node:path'
import { readSettings } from '@manyhands/settings'
import { textOf, textsOf } from '../call-options.ts'
import type { Command, Given } from '../command.ts'
import { DevSession } from '../dev-session.ts'
import { functionsPath } from '../functions-path.ts'
import { Interruption } from '../interruption.ts'
import { UserError } from '../problem.ts'
import { placeOf, Stack, whoIsTold } from '../services/stack.ts'
import { refuseExec } from '../worker-program.ts'

export const dev: Command = {
  usage: '[folder or file]',
  details: [
    'Redis, API and a worker; what your functions print is shown as it comes. Without a word it looks for functions/ and src/functions/.',
    'They are loaded again on a save of a file that they import. TypeScript runs as it is.',
    'A REDIS_URL is used when it is set; else Redis is started, with its data in .manyhands/.',
  ],
  options: {
    import: { type: 'string', value: '<module>', multiple: true, help: 'Loaded before your functions, as node --import does: tsx' },
    port: { type: 'string', value: '<port>', help: 'Where the API listens; default: PORT, else 3000' },
  },
  words: [0, 1],
  async run({ words, options }) {
    using interruption = new Interruption()
    const settings = readSettings()
    refuseExec(settings, 'manyhands dev')
    const path = functionsPath(words[0] ?? settings.functions, process.cwd())
    console.log(`functions of ${relative(process.cwd(), path) || '.'}, reloaded on save`)
    console.log(whoIsTold())
    const stack = await Stack.start({
      ...(await placeOf(settings, process.cwd())),
      settings: portSetting(options),
      workerArgs: workerArgs(path, options),
    })
    try {
      const session = await Promise.race([DevSession.start(stack, path, textsOf(options, 'import')), interruption.happened])
      return session ? await lastUntil(interruption, session) : 0
    } finally {
      await stack.stop()
    }
  },
}

function portSetting(options: Given['options']): Record<string, string> {
  const port = textOf(options, 'port')
  return port === undefined ? {} : { PORT: port }
}

function workerArgs(path: string, options: Given['options']): string[] {
  const imports = textsOf(options, 'import').flatMap((module) => ['--import', module])
  return ['--functions', path, ...imports]
}

/** Ctrl-C is the way to end it, and no failure. */
async function lastUntil(interruption: Interruption, session: DevSession): Promise<number> {
  try {
    const broken = await Promise.race([interruption.happened, session.broken])
    if (broken !== undefined) throw new UserError(broken)
    return 0
  } finally {
    await session.stop()
  }
}
