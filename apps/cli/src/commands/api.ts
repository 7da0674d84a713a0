import { readSettings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import type { Command } from '../command.ts'
import { startedOption } from '../services/report.ts'
import { serve } from '../services/serve.ts'

export const api: Command = {
  usage: '',
  details: ['Start as many as you like behind a load balancer. PORT and HOST say where it listens; default 127.0.0.1:3000.'],
  options: { ...startedOption },
  words: [0, 0],
  async run() {
    const settings = readSettings()
    return serve('api', async () => {
      // loaded here, so that the other commands start without it
      const { startApi } = await import('@manyhands/app-api')
      const service = await startApi({ settings, logger: createLogger({ level: settings.log, service: 'api' }) })
      return { report: { type: 'serving', url: service.url, processes: 0, functions: [], skipped: [] }, stop: () => service.stop() }
    })
  },
}
