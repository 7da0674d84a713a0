import { type OutputPiece, type StoreContext, writeOutput } from '@manyhands/job-store'
import { persist } from './persist.ts'

/** What comes within this time is stored together, in milliseconds. */
const gatherMs = 20
const pieceBytes = 64 << 10
/** More than that waits for Redis at no time: the oldest of it goes, as it would from Redis. */
const waitingBytes = 256 << 10

type Stream = OutputPiece['stream']

/** Stores what one process writes, in order, while it runs. */
export class OutputLog {
  readonly #store: StoreContext
  readonly #job: string
  readonly #stop: AbortSignal
  readonly #onError: (error: Error) => void
  #waiting: OutputPiece[] = []
  #bytes = 0
  /** Bytes that the process has written. */
  #end = 0
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()

  /** @param stop the runner has stopped: what cannot be stored then is lost */
  constructor(store: StoreContext, job: string, stop: AbortSignal, onError: (error: Error) => void) {
    this.#store = store
    this.#job = job
    this.#stop = stop
    this.#onError = onError
  }

  readonly write = (stream: Stream, bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; at += pieceBytes) this.#add(stream, bytes.subarray(at, at + pieceBytes))
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs)
  }

  /** Resolves when all of it is stored, or cannot be. */
  async end(): Promise<void> {
    this.#flush()
    await this.#sending
  }

  #add(stream: Stream, bytes: Buffer): void {
    this.#end += bytes.length
    const last = this.#waiting.at(-1)
    if (last?.stream === stream && last.bytes.length + bytes.length <= pieceBytes) {
      Object.assign(last, { end: this.#end, bytes: Buffer.concat([last.bytes, bytes]) })
    } else {
      this.#waiting.push({ stream, end: this.#end, bytes })
    }
    this.#bytes += bytes.length
    this.#drop()
  }

  #drop(): void {
    const first = () => this.#waiting[0]?.bytes.length ?? 0
    while (this.#bytes - first() >= waitingBytes) {
      this.#bytes -= first()
      this.#waiting.shift()
    }
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending = this.#sending.then(() => this.#send()).catch(this.#onError)
  }

  async #send(): Promise<void> {
    const pieces = this.#waiting
    if (pieces.length === 0) return
    this.#waiting = []
    this.#bytes = 0
    await persist(() => writeOutput(this.#store, this.#job, pieces), this.#stop)
  }
}
