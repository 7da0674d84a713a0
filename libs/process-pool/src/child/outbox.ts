import { writeSync } from 'node:fs'
import { textFrame } from '../frames.ts'
import type { ChildMessage } from '../messages.ts'

/** Writes messages to the parent, each one whole before the call returns: the descriptor blocks, so a slow parent slows the child. */
export class Outbox {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  send(message: ChildMessage, body = ''): void {
    const frame = textFrame(message, body)
    try {
      for (let at = 0; at < frame.length; ) at += writeSync(this.#descriptor, frame, at)
    } catch {
      // nobody reads: the parent is gone, or the function closed the pipe
      process.kill(process.pid, 'SIGKILL')
    }
  }
}
