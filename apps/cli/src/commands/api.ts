import type { Command } from '../command.ts'
import { serve } from '../services/serve.ts'
import { settingsOf } from '../settings.ts'

export const api: Command = {
  name: 'api',
  summary: 'Run the HTTP API alone, against the Redis of REDIS_URL',
  usage: '',
  details: ['Start as many as you like behind a load balancer. PORT and HOST say where it listens; default 127.0.0.1:3000.'],
  options: {},
  words: [0, 0],
  async run() {
    return serve('api', async () => {
      // loaded here, so that the other commands start without it
      const { startApi } = await import('@manyhands/app-api')
      const settings = settingsOf()
      const service = await startApi({ settings, logger: loggerOf(settings) }).catch(explainTaken(settings))
      return { report: { type: 'serving', url: service.url, functions: [], skipped: [] }, stop: () => service.stop() }
    })
  },
}
