/**
 * What an argument is.
 * value: anything the wire carries, equal when its canonical text is; values, entries: lists of such, and of [key, value];
 * number: a finite double; integer: a safe one; text: a word; flag: true or false; ms: a whole number of milliseconds, from 1 on;
 * bytes: a Uint8Array. With ? it may be absent or null.
 */
export type Kind = Base | `${Base}?`
type Base = 'value' | 'values' | 'entries' | 'number' | 'integer' | 'text' | 'flag' | 'ms' | 'bytes' | 'code' | 'owner' | 'token'

/** What an answer is. `pair`, `entries`: [key, value], a list of these; `row`: words and texts, each as the method says. */
export type Reply =
  | 'nothing'
  | 'flag'
  | 'integer'
  | 'number'
  | 'value'
  | 'values'
  | 'pair'
  | 'entries'
  | 'bytes'
  | 'grant'
  | 'delivery'
  | 'nature'
  | 'arrival'
  | 'notice'

/** One method of a type of shared objects: everything that both doors must know of it. */
export interface Method {
  /** Arguments by name, in order. */
  takes: Readonly<Record<string, Kind>>
  gives: Reply
  /** It changes the object: it is done once, under a fence if there is one. */
  writes: boolean
  /** It may have to wait: `timeout` bounds that. */
  waits: boolean
  /** One that waits is tried before: nothing has happened when that fails. */
  tries: boolean
  summary: string
}

type Takes = Readonly<Record<string, Kind>>

export const reads = (takes: Takes, gives: Reply, summary: string): Method => ({
  takes,
  gives,
  writes: false,
  waits: false,
  tries: false,
  summary,
})
export const writes = (takes: Takes, gives: Reply, summary: string): Method => ({
  takes,
  gives,
  writes: true,
  waits: false,
  tries: false,
  summary,
})
export const waits = (takes: Takes, gives: Reply, summary: string): Method => ({
  takes,
  gives,
  writes: true,
  waits: true,
  tries: true,
  summary,
})
/** Whoever calls takes part from then on, so that there is no trying. */
export const joins = (takes: Takes, gives: Reply, summary: string): Method => ({ ...waits(takes, gives, summary), tries: false })
