import { fileURLToPath } from 'node:url'
import { readSettings, type Settings } from '@manyhands/settings'
import type { Command } from '../command.ts'
import { type Example, runExample } from '../example.ts'
import { examples, hasExamples } from '../examples.ts'
import { Interruption } from '../interruption.ts'
import { errorText } from '../output.ts'
import { UserError } from '../problem.ts'
import { placeOf, Stack, whoIsTold } from '../services/stack.ts'
import { refuseExec } from '../worker-program.ts'

export const start: Command = {
  usage: '[--once]',
  details: ['Redis, API and a worker with a process a core; then the example, submitted over HTTP. It goes on serving until Ctrl-C.'],
  options: { once: { type: 'boolean', help: 'End after the example; the exit code tells whether all of it succeeded' } },
  words: [0, 0],
  async run({ options }) {
    if (!hasExamples)
      throw new UserError('manyhands start is the example of the Manyhands repository. For your own functions: npx manyhands dev')
    const settings = readSettings()
    refuseFunctions(settings)
    refuseExec(settings, 'npm start')
    using interruption = new Interruption()
    const functions = fileURLToPath(new URL('functions/', examples))
    const stack = await Stack.start({
      ...(await placeOf(settings, process.cwd())),
      settings: {},
      workerArgs: ['--functions', functions],
    })
    try {
      return await Promise.race([whole(stack), show(stack, options['once'] === true, interruption)])
    } finally {
      await stack.stop()
    }
  },
}

/** The example needs its own functions; to run others than were asked for, in silence, would be worse than not to start. */
function refuseFunctions({ functions }: Settings): void {
  if (functions === undefined) return
  throw new UserError(
    `npm start serves the functions of its example, and would pass over MANYHANDS_FUNCTIONS=${functions}: unset it, or serve those with manyhands dev`,
  )
}

/** Rejects when a part ends that nobody asked to end. */
async function whole(stack: Stack): Promise<never> {
  throw new UserError(await Promise.race([stack.broken, stack.worker.lost]))
}

async function show(stack: Stack, once: boolean, interruption: Interruption): Promise<number> {
  const serving = await Promise.race([Promise.all([stack.api.serving, stack.worker.serving]), interruption.happened])
  if (!serving) return once ? interruption.exitCode : 0
  const [{ url }, { processes }] = serving
  console.log(`Redis, an API on ${url} and a worker with ${processes} processes are up.`)
  const { example } = (await import(new URL('sotu/example.ts', examples).href)) as { example: Example }
  const exitCode = await tried(runExample(example, { url, processes, screen: process.stdout, signal: interruption.signal }), interruption)
  if (once) return exitCode
  if (!interruption.signal.aborted) console.log(invitation(url))
  await interruption.happened
  return 0
}

async function tried(example: Promise<void>, interruption: Interruption): Promise<number> {
  try {
    await example
    return 0
  } catch (error) {
    if (interruption.signal.aborted) return interruption.exitCode
    process.stderr.write(`The example failed: ${errorText(error)}\n`)
    return 1
  }
}

function invitation(url: string): string {
  const body = `'{"function":"square","items":[1,2,3,4,5]}'`
  return `
It goes on serving; Ctrl-C ends it. From another terminal:
  curl ${url}/v1/pools/default/map -H 'content-type: application/json' -H 'prefer: wait=10' -d ${body}
All routes: ${url}/docs
${whoIsTold()}`
}
