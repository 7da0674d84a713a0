import type { Progress } from './progress.ts'
import { renderBar } from './progress.ts'

/** Where the progress goes: a terminal, or a file or pipe. */
export interface Screen {
  isTTY?: boolean | undefined
  columns?: number | undefined
  write(text: string): unknown
}

/** Shows how a job goes on: on a terminal one line that changes, else a plain line at every tenth of the way. */
export class ProgressLine {
  readonly #screen: Screen
  #tenth = -1

  constructor(screen: Screen) {
    this.#screen = screen
  }

  show(progress: Progress): void {
    const text = renderBar(progress)
    if (this.#screen.isTTY === true) this.#screen.write(`\r\x1b[2K${text.slice(0, (this.#screen.columns || 80) - 1)}`)
    else if (this.#moved(progress)) this.#screen.write(`${text}\n`)
  }

  /** Leaves the last state on the screen and goes to the next line. */
  end(): void {
    if (this.#screen.isTTY === true) this.#screen.write('\n')
  }

  #moved({ done, total }: Progress): boolean {
    const tenth = total === null || total === 0 ? 0 : Math.floor((10 * done) / total)
    if (tenth === this.#tenth) return false
    this.#tenth = tenth
    return true
  }
}
