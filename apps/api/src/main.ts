import { readSettings, type Settings } from '@manyhands/settings'
import { createLogger } from '@manyhands/telemetry'
import { startApi } from './compose.ts'

/** A reason that the operator can mend is one line, without a stack. */
function refuse(error: Error): never {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

function settingsOrRefuse(): Settings {
  try {
    return readSettings()
  } catch (error) {
    return refuse(error as Error)
  }
}

const settings = settingsOrRefuse()
const logger = createLogger({ level: settings.log, service: 'api' })

const service = await startApi({ settings, logger }).catch(refuse)

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    // a stop that waits for a Redis which is not there ends all the same
    setTimeout(() => process.exit(1), 5000).unref()
    service.stop().then(
      () => process.exit(0),
      (error: Error) => {
        logger.error({ err: error }, 'the API did not stop in order')
        process.exit(1)
      },
    )
  })
}
