import { anything, callable, checkOptions, type Kind, list, wholeFrom } from './checks.ts'
import { ValueError } from './errors.ts'

/** The wait between two runs of a failing item. Times in milliseconds. */
export interface Backoff {
  type: 'fixed' | 'exponential'
  delayMs: number
  maxDelayMs?: number
  /** Share of the wait that is random, 0 to 1. */
  jitter?: number
}

/** Where a job tells of itself. */
export interface WebhookOptions {
  /** `https://`; what the server allows beside that is its operator's choice. */
  url: string
  /** Absent: the three ends. */
  events?: ('job.succeeded' | 'job.failed' | 'job.cancelled' | 'job.progress')[]
  /** Signs it: `whsec_` and 24 to 64 bytes in base64. Absent: that of the endpoint of this URL, else the server's. */
  secret?: string
}

/** Said of any call. What is absent has the server's default. */
export interface CallOptions {
  /** Aborting it rejects with its reason and cancels the job. */
  signal?: AbortSignal | undefined
  /** Your own id for the job; the server puts its group and a tilde before it. */
  id?: string | undefined
  /** Your own words on the job, to find it by. */
  labels?: Record<string, string> | undefined
  /** Runs of a failing item, the first one counted. */
  attempts?: number | undefined
  backoff?: Backoff | undefined
  /** Names of errors: only an item that fails with one of them runs again. Absent: with any. */
  retryOn?: string[] | undefined
  /** Names of errors: an item that fails with one of them does not run again. */
  noRetryOn?: string[] | undefined
  /** Longest run of one item, in milliseconds; its process is killed then. */
  timeoutMs?: number | undefined
  /** Longest life of the job from its submission, in milliseconds. */
  deadlineMs?: number | undefined
  /** A larger one runs first, -100 to 100; absent: that of its pool, else 0. */
  priority?: number | undefined
  /** Nothing of the job runs before, in milliseconds. */
  delayMs?: number | undefined
  /** The job is cancelled when this session ends: `await hands.session.id()`. */
  session?: string | undefined
  /** Told of the job by signed POST requests (Standard Webhooks). */
  webhook?: WebhookOptions | undefined
  /** How long the ended job and its results stay, in milliseconds. */
  resultTtlMs?: number | undefined
  /** `keep` until the TTL, or `once`: freed behind the reader. imap reads `once` unless told otherwise, all else keeps. */
  results?: 'keep' | 'once' | undefined
}

/** Said of a map. */
export interface MapOptions extends CallOptions {
  /** Items handed to a process at once; at least 1. */
  chunkSize?: number | undefined
  /** The job stops beyond so many failed items: a count, or a percentage such as `5%`. Absent: every item runs. */
  maxFailures?: number | `${number}%` | undefined
}

/** Said of the `...Async` calls: run once, before `ready()` turns true. What they throw is logged, and harms nobody. */
export interface Callbacks<Value> {
  callback?: ((value: Value) => void) | undefined
  errorCallback?: ((error: unknown) => void) | undefined
}

const names = [
  'id',
  'labels',
  'attempts',
  'backoff',
  'retryOn',
  'noRetryOn',
  'timeoutMs',
  'deadlineMs',
  'priority',
  'delayMs',
  'session',
  'webhook',
  'resultTtlMs',
  'results',
  'chunkSize',
  'maxFailures',
] as const
const signal: Kind = { takes: (value) => typeof (value as AbortSignal | null)?.addEventListener === 'function', meant: 'an AbortSignal' }
/** The server judges what is sent to it; here stands what it never sees, or what is needed before. */
const options = {
  of: 'a call',
  kinds: {
    ...Object.fromEntries(names.map((name) => [name, anything])),
    ...{ chunkSize: wholeFrom(1), args: list, signal, callback: callable, errorCallback: callable },
  },
  cure: (given: unknown) => (signal.takes(given) ? '{ signal }' : 'an object such as { chunkSize: 2 }'),
}

/** The fields of a request body, checked as far as a mistake would be silent or hard to read. Throws ValueError. */
export function optionFields(given: MapOptions): Record<string, unknown> {
  checkOptions(given, options)
  return Object.fromEntries(names.map((name) => [name, given[name]]).filter(([, value]) => value !== undefined))
}

/** The registered name a target stands for. Throws ValueError for a function without a name. */
export function nameOf(target: unknown): string {
  if (typeof target === 'string') return target
  if (typeof target !== 'function') throw new ValueError(`a function's name is a string, not ${typeof target}`)
  if (target.name !== '') return target.name
  throw new ValueError('this function has no name, so no worker can know it: give the name it is registered by, a string')
}
