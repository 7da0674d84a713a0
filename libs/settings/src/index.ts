/** The settings of every service, parsed once at boot from the environment and frozen. */
export interface Settings {
  port: number
  host: string
  redisUrl: string
  /** Absolute path of the functions, or undefined. */
  functions: string | undefined
  processes: number
  group: string
  log: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Port of the worker's health server; 0 = a free one. */
  healthPort: number
  build: string | undefined
  /** Milliseconds a task's lease lasts without renewal (BullMQ's lock). */
  leaseMs: number
  limits: { jsonBodyBytes: number; itemBytes: number; resultBytes: number; items: number; wholeResultBytes: number; openJobs: number; memoryMb: number | undefined }
}
