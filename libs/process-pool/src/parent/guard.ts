import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'

/** Keeps the last line of its input, a list of process groups, and kills them when the input ends. */
const script = 'groups=; while read -r line; do groups=$line; done; for group in $groups; do kill -9 "-$group"; done'

/**
 * A small shell that outlives this process for a moment: when this process is gone, however it went, it kills the children that are left.
 * (A child sees the closed pipe itself, but not while a function computes without a pause.)
 */
export class Guard {
  readonly #pids = new Set<number>()
  #shell: ChildProcess | undefined

  add(pid: number): void {
    this.#pids.add(pid)
    this.#tell()
  }

  delete(pid: number): void {
    this.#pids.delete(pid)
    this.#tell()
  }

  /** Ends the shell. Every child must be gone. */
  async stop(): Promise<void> {
    const shell = this.#shell
    this.#shell = undefined
    if (!shell || shell.exitCode !== null || shell.signalCode !== null) return
    await new Promise((resolve) => {
      shell.once('exit', resolve)
      shell.kill('SIGKILL')
    })
  }

  #tell(): void {
    this.#shell ??= this.#start()
    this.#shell.stdin?.write(`${[...this.#pids].join(' ')}\n`)
  }

  #start(): ChildProcess {
    // a group of its own: what is sent to this process's group (Ctrl-C) must not end it
    const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    shell.on('error', (error) => process.emitWarning(`No shell guards the child processes: ${error.message}`, 'ManyhandsWarning'))
    shell.stdin?.on('error', () => this.#lost(shell))
    shell.on('exit', () => this.#lost(shell))
    return shell
  }

  /** Somebody ended it: the next change starts another one. */
  #lost(shell: ChildProcess): void {
    if (this.#shell === shell) this.#shell = undefined
  }
}
