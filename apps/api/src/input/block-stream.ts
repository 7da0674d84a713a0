import type { Readable } from 'node:stream'
import { limits, ProblemError } from '@manyhands/contracts'
import { type Block, LineCutter } from '@manyhands/planning'
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
  /** Ends the reading. */
  signal?: AbortSignal | undefined
}

/**
 * The blocks of an NDJSON body as it comes. Asking for the next one asks the socket for more, so a slow taker slows the sender.
 * Throws item-too-large, too-many-items, body-too-large, request-timeout, bad-request (cut).
 */
export async function* blocksOf(body: Readable, limit: LineLimits): AsyncGenerator<Block> {
  const reader = new BodyReader(body, limit.times, limit.signal)
  const cutter = new LineCutter({ itemBytes: limit.itemBytes, blockBytes: limits.block })
  const most = limit.bodyBytes ?? Number.POSITIVE_INFINITY
  let partial = false
  try {
    for (let piece = await reader.next(); piece !== 'end'; piece = await reader.next(partial ? flushMs : undefined)) {
      if (reader.bytes > most) throw tooLarge(most)
      yield* bounded(piece === 'quiet' ? flushed(cutter) : cutter.push(piece), cutter, limit.items)
      partial = piece !== 'quiet'
    }
    yield* bounded(cutter.end(), cutter, limit.items)
  } finally {
    reader.release()
  }
}

function flushed(cutter: LineCutter): Block[] {
  const block = cutter.flush()
  return block ? [block] : []
}

function bounded(blocks: Block[], cutter: LineCutter, most: number): Block[] {
  if (cutter.items > most) throw new ProblemError('too-many-items', `there are more than ${most} items`)
  return blocks
}

function tooLarge(most: number): ProblemError {
  return new ProblemError('body-too-large', `the body is larger than ${most} bytes; send it in several appends`)
}
