/** The media types of the API (docs/wire.md). */
export const media = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  problem: 'application/problem+json',
  /** JSON whose single-key `$` objects are tags (docs/wire.md): what the SDK sends and asks for. */
  tagged: 'application/vnd.manyhands+json',
  taggedLines: 'application/vnd.manyhands+ndjson',
  /** Calls on shared objects, or their answers: a line of tagged JSON, and behind it the bytes that it speaks of. */
  calls: 'application/vnd.manyhands.calls',
  /** Results as whole stored parts: a header line, then one value a line. */
  parts: 'application/vnd.manyhands.parts',
} as const

/** Whether values are literal JSON or carry tags; stored with the job. */
export type Wire = 'plain' | 'tagged'
