import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LoggerOptions {
  level: LogLevel
  /** Which service speaks: `api`, `worker`. Stands in every line. */
  service: string
  /** Default: stderr, so that stdout stays for what a command prints. */
  destination?: DestinationStream
}

/** Passwords of URLs never reach a log, wherever in a message they stand. */
const password = /(\b[a-z][a-z+]*:\/\/)[^/@\s"]*@/g

/** A logger that writes one JSON line an event. Errors go under `err`; passwords in URLs are cut out of the whole line. */
export function createLogger({ level, service, destination = pino.destination({ dest: 2, sync: true }) }: LoggerOptions): Logger {
  const options = { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite } }
  return pino(options, destination)
}

const streamWrite = (line: string): string => line.replace(password, '$1***@')
