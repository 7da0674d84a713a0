import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { environmentWith } from '@manyhands/settings'
import { UserError } from '../problem.ts'
import type { Report, Serving } from './report.ts'

const program = fileURLToPath(new URL('../bin.ts', import.meta.url))
/** How long a service may take to end by itself, in milliseconds. */
const graceMs = 1200

/**
 * One part of the product as a process of its own: `manyhands api` or `manyhands worker`. It ends with this process: by `stop`, or when
 * this process is killed, since the channel between the two breaks then.
 */
export class Service {
  readonly #child: ChildProcess
  /** Resolves when it serves. Rejects with UserError when it says why it can't, or ends without a word. */
  readonly serving: Promise<Serving>
  /** Resolves when it is gone, with how it went. */
  readonly exited: Promise<string>
  /** The same, but only when nobody had asked it to stop. */
  readonly lost: Promise<string>
  #stopping = false

  /**
   * @param args the words of its command line
   * @param settings environment variables beside those of this process
   */
  constructor(args: string[], settings: Record<string, string>) {
    // Someone at a terminal wants to read what they asked for, and of the parts only what goes wrong.
    const env = { MANYHANDS_LOG: 'warn', ...environmentWith(settings) }
    // A group of its own: Ctrl-C in a terminal reaches this process alone, which then ends the parts in order.
    this.#child = fork(program, [...args, '--started'], {
      detached: true,
      execArgv: [],
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.exited = exitOf(this.#child, args[0] ?? '')
    this.lost = new Promise((resolve) => void this.exited.then((how) => this.#stopping || resolve(how)))
    this.serving = this.#report()
    // whoever waits for it gets the error; nobody waiting is no crash
    this.serving.catch(() => undefined)
  }

  /** Whether it was asked to stop. */
  get stopping(): boolean {
    return this.#stopping
  }

  /** Asks it to end, and makes it end after 1.2 s. Resolves when it is gone, with all it had started. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#killGroup(), graceMs)
    await this.exited
    clearTimeout(timer)
    this.#killGroup()
  }

  async #report(): Promise<Serving> {
    const told = new Promise<Report>((resolve) => this.#child.once('message', (report) => resolve(report as Report)))
    const first = await Promise.race([told, this.exited])
    if (typeof first === 'string') throw new UserError(first)
    if (first.type === 'refused') throw new UserError(first.message)
    return first
  }

  /** A killed service can't end its own children. */
  #killGroup(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function exitOf(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`The ${name} could not be started: ${error.message}`))
    child.once('exit', (code, signal) => resolve(`The ${name} ended (${signal ?? `exit code ${code}`})`))
  })
}
