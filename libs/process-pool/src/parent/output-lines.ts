import { StringDecoder } from 'node:string_decoder'

/** A longer line is cut, so that a function that never ends its line fills no memory. */
const maxLine = 64 << 10

/** Cuts what a function writes on one stream into lines. */
export class OutputLines {
  readonly #onLine: (label: string, text: string) => void
  readonly #decoder = new StringDecoder()
  #label = ''
  #rest = ''

  constructor(onLine: (label: string, text: string) => void) {
    this.#onLine = onLine
  }

  /** A line that another label has begun ends here. */
  push(label: string, bytes: Buffer): void {
    if (label !== this.#label) this.end()
    this.#label = label
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(label, line.endsWith('\r') ? line.slice(0, -1) : line)
    while (this.#rest.length > maxLine) this.#cut()
  }

  /** Gives a last line that has no LF. */
  end(): void {
    if (this.#rest) this.#onLine(this.#label, this.#rest)
    this.#rest = ''
  }

  #cut(): void {
    this.#onLine(this.#label, this.#rest.slice(0, maxLine))
    this.#rest = this.#rest.slice(maxLine)
  }
}
