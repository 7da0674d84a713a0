import { writeSync } from 'node:fs'
import { frameHead } from '../frames.ts'
import type { ChildMessage } from '../messages.ts'

const noBody = Buffer.alloc(0)

/** Writes messages to the parent, each one whole before the call returns: the descriptor blocks, so a slow parent slows the child. */
export class Outbox {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  send(message: ChildMessage, body: Buffer = noBody): void {
    const frame = Buffer.concat([frameHead(message, body.length), body])
    try {
      for (let at = 0; at < frame.length; ) at += writeSync(this.#descriptor, frame, at)
    } catch {
      // nobody reads: the parent is gone, or the function closed the pipe
      process.kill(process.pid, 'SIGKILL')
    }
  }
}
