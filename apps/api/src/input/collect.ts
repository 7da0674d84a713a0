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

/** A whole body. Throws body-too-large, request-timeout, and bad-request when the connection was cut. */
export function collect(body: Readable, { limit, waitMs, length = 0 }: CollectOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    const stop = () => {
      clock.rest()
      // the listener of 'error' stays: a late error is nobody's
      body.off('data', onData).off('end', onEnd).off('close', onCut)
    }
    const fail = (problem: ProblemError) => {
      stop()
      reject(problem)
    }
    const onData = (piece: Buffer) => {
      pieces.push(piece)
      size += piece.length
      if (size > limit) fail(tooLarge(limit))
    }
    const onEnd = () => {
      stop()
      resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces))
    }
    const onCut = () => fail(new ProblemError('bad-request', 'the connection was cut before the body had ended'))
    const clock = new BodyClock({ silence: waitMs, total: waitMs }, fail)
    if (length > limit) return reject(tooLarge(limit))
    body.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut)
    clock.want()
  })
}

function tooLarge(limit: number): ProblemError {
  return new ProblemError('body-too-large', `the body is larger than ${limit} bytes; larger input is streamed as NDJSON`)
}
