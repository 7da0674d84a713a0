/** Lines between two rows of a block's offset table (engine.md: Input). */
export const tableStep = 16

/** Stored input: consecutive lines of raw JSON text. */
export interface Block {
  /** LF-ended lines, one item each. */
  text: Buffer
  /** Lines in `text`. */
  count: number
  /** Byte offset of every 16th line (0, 16, 32 ...) as uint32, little-endian. */
  table: Buffer
}
