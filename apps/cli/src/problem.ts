/** Something the user can mend: printed as it stands, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

// told by name: to import their classes would load Redis and the rest into every command
const plain = new Set(['UserError', 'SettingsError', 'RedisServerError', 'FunctionsError'])

/** Whether the message of an error was written for a person at a terminal. */
export function isPlain(error: unknown): error is Error {
  return error instanceof Error && plain.has(error.name)
}
