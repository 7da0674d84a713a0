/** Sizes in bytes, times in milliseconds. Those that settings may change are defaults. */
export const limits = {
  /** One JSON body. */
  jsonBody: 1 << 20,
  /** One append of the SDK to an open map. */
  append: 8 << 20,
  /** One input item, one result. */
  item: 1 << 20,
  /** One stored block of input. */
  block: 256 << 10,
  /** Items of a map whose input is one body. */
  items: 10_000_000_000,
  depth: 64,
  chunkSize: 1_000_000,
  waitSeconds: 30,
  labels: 16,
} as const
