import type { Readable } from 'node:stream'
import { ProblemError } from '@manyhands/contracts'
import { BodyClock } from './body-clock.ts'

export interface CollectOptions {
  /** Largest body, in bytes. */
  limit: number
  /** Longest wait for all of it, in milliseconds. */
  waitMs: number
  /** Content-Length, if it was sent. */
  length?: number | undefined
}

/** A body over the limit is read to its end up to so many times the limit: a client that still sends would not see an early answer. */
const lingerFactor = 8

/** A whole body. Throws body-too-large and request-timeout. */
export function collect(body: Readable, { limit, waitMs, length = 0 }: CollectOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () =>
      new ProblemError('body-too-large', `the body is larger than ${limit} bytes; larger input can be streamed as NDJSON`)
    if (length > limit * lingerFactor) return reject(tooLarge())
    const pieces: Buffer[] = []
    let size = 0
    const settle = (act: () => void) => {
      clock.rest()
      body.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut)
      act()
    }
    const onData = (piece: Buffer) => {
      size += piece.length
      if (size <= limit) pieces.push(piece)
      else if (size > limit * lingerFactor) settle(() => reject(tooLarge()))
    }
    const onEnd = () =>
      settle(() => (size > limit ? reject(tooLarge()) : resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size))))
    const onCut = () => settle(() => reject(new ProblemError('bad-request', 'the body was cut')))
    const clock = new BodyClock({ silence: waitMs, total: waitMs }, (problem) => settle(() => reject(size > limit ? tooLarge() : problem)))
    body.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut)
    clock.want()
  })
}
