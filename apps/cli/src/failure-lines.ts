import type { ItemFailed } from '@manyhands/app-worker'

/** So many lines a second are read by somebody; the rest is counted. */
const most = 10
const periodMs = 1000

/** Tells which items fail, a line each, as `resize[17] failed: RangeError: too large`. */
export class FailureLines {
  readonly #write: (line: string) => void
  #told = 0
  #untold = 0
  #timer: NodeJS.Timeout | undefined

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  note({ function: name, index, error }: ItemFailed): void {
    this.#timer ??= setTimeout(() => this.#sum(), periodMs).unref()
    if (this.#told++ < most) this.#write(`${name}[${index}] failed: ${error.name}: ${firstLine(error.message)}`)
    else this.#untold++
  }

  #sum(): void {
    if (this.#untold > 0) this.#write(`${this.#untold} more items failed`)
    this.#timer = undefined
    this.#told = 0
    this.#untold = 0
  }
}

const firstLine = (message: string) => message.split('\n', 1)[0] ?? ''
