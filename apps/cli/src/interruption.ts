import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** What ends a command from outside: Ctrl-C, a polite kill, a closed terminal, or the end of the process that started it. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController()
  readonly #interrupt = (name: string) => {
    this.exitCode = 128 + (constants.signals[name as NodeJS.Signals] ?? 0)
    this.#controller.abort(new DOMException(`ended by ${name}`, 'AbortError'))
  }
  readonly #abandon = () => this.#interrupt('SIGHUP')

  /** Exit code that says which signal it was; 0 before one. */
  exitCode = 0
  readonly signal = this.#controller.signal
  /** Resolves when it happens. */
  readonly happened = new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true }))

  constructor() {
    for (const name of signals) process.on(name, this.#interrupt)
    process.on('disconnect', this.#abandon)
  }

  [Symbol.dispose](): void {
    for (const name of signals) process.off(name, this.#interrupt)
    process.off('disconnect', this.#abandon)
  }
}
