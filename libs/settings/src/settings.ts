import type { CommandLine } from './command-line.ts'

/** The settings of every service, parsed once at boot from the environment and frozen. */
export interface Settings {
  port: number
  host: string
  redisUrl: string
  /** Whether REDIS_URL was set. If not, `npm start` and `manyhands dev` start their own Redis. */
  redisGiven: boolean
  /** Absolute path of the functions, or undefined. */
  functions: string | undefined
  /** Program and arguments of a worker's children, where these are not Node's. */
  exec: CommandLine | undefined
  processes: number
  /** Processes of their own at once, beside those. */
  processLimit: number
  group: string
  log: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Port of the worker's health server; 0 = a free one. */
  healthPort: number
  build: string | undefined
  /** Milliseconds a task's lease lasts without renewal (BullMQ's lock). */
  leaseMs: number
  /** URLs of Redis that vote for locks; empty = there are none. */
  lockNodes: readonly string[]
  /** Longest lease of a lock they vote for, in milliseconds. */
  lockTtlMs: number
  webhooks: WebhookSettings
  limits: Limits
}

export interface WebhookSettings {
  /** Ranges of addresses that may be reached though they are inside. */
  allow: readonly string[]
  http: boolean
  ports: readonly number[]
  secret: string | undefined
  /** Waits between tries, in milliseconds. */
  delaysMs: readonly number[]
  publicUrl: string | undefined
}

export interface Limits {
  jsonBodyBytes: number
  itemBytes: number
  resultBytes: number
  items: number
  wholeResultBytes: number
  openJobs: number
  /** Of jobs inside jobs. */
  depth: number
  /** Absent = the machine's or container's memory divided by the processes. */
  memoryMb: number | undefined
}
