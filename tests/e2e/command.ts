import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { eventually } from '@manyhands/testing'

export const main = fileURLToPath(new URL('../../apps/cli/src/bin.ts', import.meta.url))

export interface CommandOptions {
  cwd?: string
  env?: Record<string, string>
  /** Program and first arguments; default: this repository's `manyhands`. */
  program?: string[]
  input?: string
  /** Gives it a channel, as `npm start` does: its end tells that we are gone. */
  linked?: boolean
}

/** A command as a person runs it: its output as it comes, its end, and whether it left anything running. */
export class Command {
  readonly #child: ChildProcess
  readonly #mark = `E2E_${randomUUID().replaceAll('-', '')}`
  stdout = ''
  stderr = ''
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>

  constructor(args: string[], { cwd, env = {}, program = [process.execPath, main], input, linked = false }: CommandOptions = {}) {
    const [file = '', ...first] = program
    // only what a shell would have: the settings of this test run are not the command's
    const { PATH = '', HOME = '' } = process.env
    this.#child = spawn(file, [...first, ...args], {
      cwd,
      env: { PATH, HOME, ...env, [this.#mark]: '1' },
      stdio: linked ? ['pipe', 'pipe', 'pipe', 'ipc'] : 'pipe',
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.exited = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(code ?? signal)))
    this.#child.stdin?.end(input ?? '')
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until standard output has the text, or matches; returns the match. */
  async shows(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpExecArray> {
    const describe = `output like ${pattern}`
    const match = await eventually(() => pattern.exec(this.stdout) ?? pattern.exec(this.stderr) ?? false, { timeoutMs, describe }).catch(
      (error) => {
        throw new Error(`${error.message}\n${this.stdout}\n${this.stderr}`)
      },
    )
    return match
  }

  /** Every process that it, or one of its children, started and that still lives. */
  left(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && has(name, this.#mark))
      .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`)
  }

  /** Ends whatever is left; for a test's own end. */
  async clear(): Promise<void> {
    for (const process_ of this.left()) killed(Number.parseInt(process_, 10))
    await this.exited
  }
}

function has(pid: string, mark: string): boolean {
  return read(`/proc/${pid}/environ`).includes(mark)
}

/** Empty when the process is gone, or is not ours. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
