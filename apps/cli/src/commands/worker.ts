import type { WorkerService } from '@manyhands/app-worker'
import type { Settings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { textsOf } from '../call-options.ts'
import type { Command } from '../command.ts'
import { FailureLines } from '../failure-lines.ts'
import type { Serving } from '../services/report.ts'
import { startedOption } from '../services/report.ts'
import { serve } from '../services/serve.ts'
import { programOptions, workerSettings } from '../worker-program.ts'

export const worker: Command = {
  usage: '[--functions <path> | --exec <command>]',
  details: [
    'Start as many as you like, on as many machines. Each has a small health server of its own; it prints where.',
    'Functions in another language: --exec "python3 child.py", as in examples/python-worker. All workers of a group serve the same functions.',
  ],
  options: {
    ...programOptions,
    ...startedOption,
    import: { type: 'string', value: '<module>', multiple: true, help: 'Loaded before the functions, as node --import does: tsx' },
  },
  words: [0, 0],
  async run({ options }) {
    const settings = workerSettings(options)
    const execArgv = textsOf(options, 'import').flatMap((module) => ['--import', module])
    return serve('worker', async () => {
      // loaded here, so that the other commands start without it
      const { startWorker } = await import('@manyhands/app-worker')
      const failures = new FailureLines((line) => void process.stderr.write(`${line}\n`))
      const service = await startWorker({
        settings,
        logger: createLogger({ level: settings.log, service: 'worker' }),
        execArgv,
        onOutput: showOutput,
        onFailed: (failed) => failures.note(failed),
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
