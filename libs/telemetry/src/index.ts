export { markAtOnce } from './collector.ts'
export { createLogger, type Logger, type LogLevel } from './logger.ts'
export { runService, type Service } from './run-service.ts'
export { troubleLog } from './trouble.ts'
