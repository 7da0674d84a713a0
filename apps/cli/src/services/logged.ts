import type { Settings } from '@manyhands/settings'
import { createLogger, type Logger } from '@manyhands/telemetry'

/** The log of a service, which begins with what its settings have to say. */
export function logged({ log, warnings }: Settings, service: string): Logger {
  const logger = createLogger({ level: log, service })
  for (const warning of warnings) logger.warn(warning)
  return logger
}
