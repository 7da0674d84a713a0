import { limits, ProblemError } from '@manyhands/contracts'
import { type Block, LineCutter } from '@manyhands/planning'
import type { Readable } from 'node:stream'
import type { BodyTimes } from './body-clock.ts'
import { BodyReader } from './body-reader.ts'

/** Lines that are whole are not held back longer than this when no more bytes come, in milliseconds. */
const flushMs = 5

export interface LineLimits {
  /** Largest line, in bytes. */
  itemBytes: number
  /** Most lines. */
  items: number
  /** Largest body, in bytes; absent = any. */
  bodyBytes?: number | undefined
  times: BodyTimes
}

/**
 * The blocks of an NDJSON body as it comes. Asking for the next one asks the socket for more, so a slow taker slows the sender.
 * Throws item-too-large, too-many-items, body-too-large, request-timeout, bad-request (cut).
 */
export async function* blocksOf(body: Readable, limit: LineLimits): AsyncGenerator<Block> {
  const reader = new BodyReader(body, limit.times)
  const cutter = new LineCutter({ itemBytes: limit.itemBytes, blockBytes: limits.block })
  let bytes = 0
  let partial = false
  try {
    while (true) {
      const piece = await reader.next(partial ? flushMs : undefined)
      if (piece === 'end') break
      partial = piece !== 'quiet'
      if (piece === 'quiet') {
        const block = cutter.flush()
        if (block) yield block
        continue
      }
      bytes += piece.length
      if (bytes > (limit.bodyBytes ?? Number.POSITIVE_INFINITY)) throw tooLarge(limit.bodyBytes)
      yield* counted(cutter.push(piece), cutter, limit.items)
    }
    yield* counted(cutter.end(), cutter, limit.items)
  } finally {
    reader.release()
  }
}

function counted(blocks: Block[], cutter: LineCutter, most: number): Block[] {
  if (cutter.items > most) throw new ProblemError('too-many-items', `there are more than ${most} items`)
  return blocks
}

function tooLarge(limit: number | undefined): ProblemError {
  return new ProblemError('body-too-large', `the body is larger than ${limit} bytes; send it in several appends`)
}
