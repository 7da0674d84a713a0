import type { Child } from './child.ts'

/** A function that was told to stop may go on for this long before its process gets SIGTERM, in milliseconds. */
const listenMs = 200
/** And the process for this long after it. */
const tidyMs = 300

/** What follows a `cancel` that is not obeyed: SIGTERM, then SIGKILL. All of it is over within half a second. */
export class Dismissal {
  readonly #child: Child
  #timer: NodeJS.Timeout | undefined

  constructor(child: Child) {
    this.#child = child
  }

  start(): void {
    this.#timer ??= setTimeout(() => this.#terminate(), listenMs)
  }

  /** It was obeyed. A process that has had its SIGTERM gets no more tasks all the same. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #terminate(): void {
    this.#child.terminate('cancel')
    this.#timer = setTimeout(() => this.#child.kill('cancel'), tidyMs)
  }
}
