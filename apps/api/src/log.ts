/** What the API says to its operator. */
export interface Log {
  error(details: object, message: string): void
  warn(details: object, message: string): void
}

export const silentLog: Log = { error: () => undefined, warn: () => undefined }
