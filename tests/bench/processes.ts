import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const outputKept = 8_000
const stopMs = 8_000
const running = new Set<Started>()

/** A process of the benchmark. It leads a process group of its own, so that stopping it takes its children along. */
export interface Started {
  name: string
  pid: number
  child: ChildProcess
  /** The last of what it wrote on stderr (and on stdout, unless that is piped to the caller). */
  output(): string
  /** SIGTERM, then SIGKILL to the whole group after 8 s. Resolves when the process is gone. */
  stop(): Promise<void>
}

export interface Command {
  name: string
  command: string
  args: string[]
  env?: Record<string, string>
  cwd?: string
  /** Leave stdout to the caller (`child.stdout`) instead of keeping its tail. */
  pipeStdout?: boolean
}

/** Starts a process; throws when the command does not exist. */
export async function start(options: Command): Promise<Started> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  await once(child, 'spawn')
  const started: Started = {
    name: options.name,
    pid: child.pid as number,
    child,
    output: keepTail(child, options),
    stop: () => stop(started),
  }
  running.add(started)
  child.once('exit', () => running.delete(started))
  return started
}

/** Rejects when the process ends: for racing against its readiness. */
export async function died(started: Started): Promise<never> {
  await once(started.child, 'exit')
  throw new Error(`${started.name} ended: ${started.output()}`)
}

/** Stops whatever still runs. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((started) => started.stop()))
}

/** The last resort of a dying benchmark: no waiting, no mercy. */
export function killAll(): void {
  for (const started of running) signalGroup(started, 'SIGKILL')
}

/** Runs a command to its end and returns its stdout. Rejects when it fails or takes longer than `timeoutMs`. */
export async function output(options: Command, timeoutMs: number): Promise<string> {
  const started = await start({ ...options, pipeStdout: true })
  const timer = setTimeout(() => signalGroup(started, 'SIGKILL'), timeoutMs)
  let text = ''
  started.child.stdout?.on('data', (piece) => (text += piece))
  const [code] = await once(started.child, 'close')
  clearTimeout(timer)
  if (code !== 0) throw new Error(`${options.name} ended with ${code ?? 'a signal'}: ${started.output()}`)
  return text
}

function keepTail(child: ChildProcess, options: Command): () => string {
  let tail = ''
  const keep = (piece: Buffer) => {
    tail = (tail + piece).slice(-outputKept)
  }
  child.stderr?.on('data', keep)
  if (!options.pipeStdout) child.stdout?.on('data', keep)
  child.stdin?.on('error', keepPipeError)
  return () => tail.trim()
}

/** A process that died while we wrote to it is reported by its exit; the broken pipe says nothing more. */
function keepPipeError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error
}

async function stop(started: Started): Promise<void> {
  const { child } = started
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => signalGroup(started, 'SIGKILL'), stopMs)
    await gone
    clearTimeout(timer)
  }
  signalGroup(started, 'SIGKILL')
}

/** The group may be gone already: that is what we want. */
function signalGroup(started: Started, signal: NodeJS.Signals): void {
  try {
    process.kill(-started.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
