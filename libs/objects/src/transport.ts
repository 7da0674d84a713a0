import type { Announcements } from './announcements.ts'
import type { ObjectRef } from './ref.ts'

/** Under which lock a write is made: it is refused once that lock has been granted again. */
export interface Fence {
  /** `<manager>/<type>/<name>` */
  lock: string
  token: string
}

/** One operation on a shared object. */
export interface ObjectCall {
  object: ObjectRef
  method: string
  /** As the method's `takes` has them. */
  args: readonly unknown[]
  fence?: Fence | undefined
  /** Of a method that waits: told at once when it would have to. */
  tries?: boolean | undefined
}

export interface WaitOptions {
  /** Longest wait in milliseconds; 0 or less = try once, absent = for ever. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** What whoever watches an object is told: all of it as it is, or one write with its arguments. */
export type Change =
  | { version: number; value: unknown; method?: undefined; args?: undefined }
  | { version: number; method: string; args: unknown[]; value?: undefined }

/** How operations reach Redis: over HTTP from outside, directly from inside a function. Both pass one suite of tests. */
export interface Transport {
  /** Done once, also over cuts. Rejects with one of errors.ts. */
  call(call: ObjectCall, wait?: WaitOptions): Promise<unknown>
  /** Rejects with the signal's reason, and with an ObjectError when the object has gone. */
  changes(object: ObjectRef, signal?: AbortSignal): AsyncIterable<Change>
  /** The manager of objects without a name: it ends with this program. */
  ownManager(): { name: string; made(): Promise<unknown> }
  /** An object must be there when others hear of it. */
  readonly announcements: Announcements
  /** The object that a `$shared` tag names; undefined when it names none. */
  live(ref: string): unknown
  /** Whose end sets the locks free that are acquired here. Its locks are renewed often enough for a lease of `ttlMs`. */
  holder(ttlMs: number): Promise<string>
  /** Watches over a lock that the holder has been granted. Returns how to stop that. */
  watch(held: Held): () => void
}

/** A lock that was granted here. */
export interface Held {
  /** `<manager>/<type>/<name>` */
  lock: string
  token: string
  /** How long the lease is, in milliseconds. */
  ttlMs: number
  /** When its lease began at the earliest, by `performance.now()`. */
  since: number
  /** Told, before the lease ends, that it is not kept any more. */
  onLost(error: Error): void
}
