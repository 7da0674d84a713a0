import { createLogger, type Logger, type LogLevel } from './logger.ts'

/** A stop may take this long, in milliseconds: one that waits for a Redis which is not there ends all the same. */
const stopMs = 5000

export interface Service {
  stop(): Promise<void>
}

/** The life of a service's process: it starts, or refuses in one line that says why; SIGINT or SIGTERM stops it in order. */
export async function runService<Settings extends { log: LogLevel }>(
  name: string,
  readSettings: () => Settings,
  start: (given: { settings: Settings; logger: Logger }) => Promise<Service>,
): Promise<void> {
  const settings = settingsOrRefuse(readSettings)
  const logger = createLogger({ level: settings.log, service: name })
  const service = await start({ settings, logger }).catch(refuse)
  let stopping: Promise<void> | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (stopping ??= stopAndExit(name, service, logger)))
}

/** A reason that the operator can mend is one line, without a stack. */
function refuse(error: Error): never {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

function settingsOrRefuse<Settings>(readSettings: () => Settings): Settings {
  try {
    return readSettings()
  } catch (error) {
    return refuse(error as Error)
  }
}

async function stopAndExit(name: string, service: Service, logger: Logger): Promise<void> {
  setTimeout(() => process.exit(1), stopMs).unref()
  try {
    await service.stop()
    process.exit(0)
  } catch (error) {
    logger.error({ err: error }, `${name} did not stop in order`)
    process.exit(1)
  }
}
