import type { DoneMessage } from '../messages.ts'
import type { Outbox } from './outbox.ts'

/** Enough for one write, also when items take no time at all. */
export const maxResults = 4096
const maxChars = 256 << 10

/** Finished items that have not been told yet. */
export class Results {
  #lines: string[] = []
  #failed = new Set<number>()
  #chars = 0

  get count(): number {
    return this.#lines.length
  }

  get isFull(): boolean {
    return this.#lines.length >= maxResults || this.#chars >= maxChars
  }

  add(line: string): void {
    this.#lines.push(line)
    this.#chars += line.length
  }

  addFailure(line: string): void {
    this.#failed.add(this.#lines.length)
    this.add(line)
  }

  /** The item at this position failed after all. */
  replace(position: number, line: string): void {
    this.#lines[position] = line
    this.#failed.add(position)
  }

  clear(): void {
    this.#lines = []
    this.#failed.clear()
    this.#chars = 0
  }

  send(outbox: Outbox, about: Pick<DoneMessage, 'run' | 'itemUs' | 'cpuUs' | 'end'>): void {
    const lines = this.#lines
    // the last, empty line ends the one before it
    if (lines.length > 0) lines.push('')
    const count = Math.max(0, lines.length - 1)
    const failed = [...this.#failed].sort((a, b) => a - b)
    outbox.send({ type: 'done', count, failed, ...about }, lines.join('\n'))
    this.clear()
  }
}
