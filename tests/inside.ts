import { startApi } from '@manyhands/app-api'
import { startWorker } from '@manyhands/app-worker'
import { readSettings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import type { Service } from './stack.ts'

const logger = createLogger({ level: 'silent', service: 'test' })
const services = { api: startApi, worker: startWorker }

/** A service in the test's own process: it is there in a tenth of the time, and nobody can kill it. */
export async function startInside(app: 'api' | 'worker', env: Record<string, string>): Promise<Service> {
  // the functions' processes inherit it
  process.env['MANYHANDS_URL'] = env['MANYHANDS_URL']
  const service = await services[app]({ settings: readSettings(env), logger })
  return {
    pid: process.pid,
    output: () => '',
    kill() {
      throw new Error(`the ${app} runs inside this process: start the stack without \`inside\``)
    },
    stop: () => service.stop(),
  }
}
