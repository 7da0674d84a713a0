import { performance } from 'node:perf_hooks'
import { encode } from '@manyhands/contracts/wire'
import { progressBytes } from '../messages.ts'
import type { Outbox } from './outbox.ts'

/** Between two messages, in milliseconds. */
const everyMs = 250

/** Tells how far the items of a run are: at once, but no more often than people look. Of what comes in between, the latest counts. */
export class ProgressTeller {
  readonly #run: number
  readonly #outbox: Outbox
  #waiting: { index: number; body: Buffer } | undefined
  #toldAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(run: number, outbox: Outbox) {
    this.#run = run
    this.#outbox = outbox
  }

  /** Throws RangeError for a value that is too large, and UnserializableError for one that is none of JSON. */
  tell(index: number, value: unknown): void {
    this.#waiting = { index, body: bodyOf(value) }
    const wait = this.#toldAt + everyMs - performance.now()
    if (wait <= 0) this.#flush()
    // a function that computes gives the timer no turn: then the next call tells it
    else this.#timer ??= setTimeout(() => this.#flush(), wait)
  }

  /** The item has ended: how far it had come is of no interest any more. */
  drop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = undefined
  }

  #flush(): void {
    const waiting = this.#waiting
    this.drop()
    if (!waiting) return
    this.#toldAt = performance.now()
    this.#outbox.send({ type: 'progress', run: this.#run, index: waiting.index }, waiting.body)
  }
}

function bodyOf(value: unknown): Buffer {
  const body = Buffer.from(encode(value, 'plain'))
  if (body.length > progressBytes)
    throw new RangeError(`progress() takes a JSON value of at most ${progressBytes} bytes, not ${body.length}`)
  return body
}
