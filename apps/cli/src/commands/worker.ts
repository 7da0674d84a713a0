import type { WorkerService } from '@manyhands/app-worker'
import { environmentWith, explainListening, readSettings, type Settings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { textOf, textsOf } from '../call-options.ts'
import type { Command } from '../command.ts'
import { functionsPath } from '../functions-path.ts'
import type { Serving } from '../services/report.ts'
import { startedOption } from '../services/report.ts'
import { serve } from '../services/serve.ts'

export const worker: Command = {
  usage: '[--functions <path>]',
  details: ['Start as many as you like, on as many machines. Each has a small health server of its own; it prints where.'],
  options: {
    functions: { type: 'string', value: '<path>', help: 'The functions: a folder or a file; default: MANYHANDS_FUNCTIONS' },
    ...startedOption,
    import: { type: 'string', value: '<module>', multiple: true, help: 'Loaded before the functions, as node --import does: tsx' },
  },
  words: [0, 0],
  async run({ options }) {
    const given = textOf(options, 'functions')
    const settings = readSettings(environmentWith(given === undefined ? {} : { MANYHANDS_FUNCTIONS: given }))
    const functions = functionsPath(settings.functions, process.cwd())
    const execArgv = textsOf(options, 'import').flatMap((module) => ['--import', module])
    return serve('worker', async () => {
      // loaded here, so that the other commands start without it
      const { startWorker } = await import('@manyhands/app-worker')
      const service = await startWorker({
        settings: { ...settings, functions },
        logger: createLogger({ level: settings.log, service: 'worker' }),
        execArgv,
        onOutput: showOutput,
      }).catch((error: unknown) => {
        throw explainListening(error, settings, { setting: 'MANYHANDS_HEALTH', value: settings.healthPort })
      })
      return { report: reportOf(service, settings), stop: () => service.stop() }
    })
  },
}

function reportOf({ functions, skipped, healthPort }: WorkerService, { host, processes }: Settings): Serving {
  return { type: 'serving', url: `http://${host}:${healthPort}`, processes, functions, skipped }
}

/** A line that a function wrote, marked by the function and its item: `resize[17] done`. */
function showOutput({ label, stream, text }: { label: string; stream: 'stdout' | 'stderr'; text: string }): void {
  process[stream].write(`${label} ${text}\n`)
}
