/** Bounds of waiting for a client, in milliseconds. Body times count only while we wanted bytes. */
export interface Timeouts {
  /** The whole header of a request. */
  headers: number
  /** A whole JSON body. */
  jsonBody: number
  /** A whole append to an open map. */
  append: number
  /** Silence within an append. */
  appendSilence: number
  /** Silence within a streamed upload: its source may be slow, and others are served meanwhile. */
  uploadSilence: number
  /** Silence of a reader of results, while bytes wait for it. */
  readerSilence: number
}

export const defaultTimeouts: Timeouts = {
  headers: 8000,
  jsonBody: 9000,
  append: 120_000,
  appendSilence: 9000,
  uploadSilence: 60_000,
  readerSilence: 600_000,
}
