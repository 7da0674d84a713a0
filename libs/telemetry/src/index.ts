export { type Clock, systemClock } from './clock.ts'
export { createLogger, type Logger, type LogLevel } from './logger.ts'
