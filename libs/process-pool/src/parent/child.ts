import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Frame } from '../frames.ts'
import { FrameReader, frameHead } from '../frames.ts'
import type {
  ChildMessage,
  DoneMessage,
  OutputMessage,
  ParentMessage,
  ProgressMessage,
  ReadyMessage,
  StartMessage,
  WaitedMessage,
  WaitMessage,
} from '../messages.ts'
import type { ProcessPoolOptions } from '../work.ts'
import { childMessage } from './child-message.ts'
import type { Death, KillReason } from './death.ts'
import { areJsonLines } from './json-lines.ts'
import { OutputLines } from './output-lines.ts'

/** Longest time a child may take to load its functions, in milliseconds. */
const bootMs = 60_000
/** A child that has said `exit` is killed when it is not gone after this time. */
const exitMs = 200
/** A child whose pipes are closed is killed when it is not gone after this time. */
const deafMs = 2000
/** What a dead child has written arrives within this time, or not at all. */
const drainMs = 1000
/** Beyond the largest result: what a child sends at once is far below. */
const frameRoom = 16 << 20
const noBody = Buffer.alloc(0)
const copyBytes = 64 << 10

export interface ChildOptions {
  /** Program and arguments. */
  command: [string, ...string[]]
  start: Omit<StartMessage, 'type'>
  /** The program is none of ours: each line that it writes is checked. */
  isForeign?: boolean
  onOutput: ProcessPoolOptions['onOutput']
  /** What its lines are labelled with, whichever item wrote them. */
  label?: string
  /** What is written as bytes, as they come. */
  onBytes?: (stream: 'stdout' | 'stderr', bytes: Buffer) => void
  /** It is about to acquire a lock, whose lease is so long. */
  onHolds?: (ttlMs: number) => void
}

/** Which item wrote something. */
export type Written = Pick<OutputMessage, 'label' | 'run' | 'index'>

/** Gets what a working child says. */
export interface ChildListener {
  onDone(message: DoneMessage, body: Buffer): void
  onProgress?(message: ProgressMessage, body: Buffer): void
  /** A function waits for nested work. */
  onWait?(message: WaitMessage): void
  /** It has what it waited for, and goes on when it is told to. */
  onWaited?(run: number, resume: () => void): void
  /** Something was written; of what came past the protocol the label is all there is. */
  onOutput?(about: Written, bytes: Buffer): void
  /** The child is gone. (Not by `died`, which lives as long as the child: whoever waits for it is kept by it.) */
  onDeath(death: Death): void
  /** The item that runs now, as far as is known. */
  readonly label: string
}

/** One child process, from its start to its end. */
export class Child {
  /** Resolves when the functions are loaded; rejects with a reason for a terminal when they do not load. */
  readonly ready: Promise<ReadyMessage>
  /** Resolves when the process is gone and all it has said has been heard. */
  readonly died: Promise<Death>
  readonly pid: number | undefined
  listener: ChildListener | undefined
  readonly #process: ChildProcess
  readonly #output: Record<'stdout' | 'stderr', OutputLines>
  readonly #label: string | undefined
  readonly #onBytes: ChildOptions['onBytes']
  readonly #onHolds: ChildOptions['onHolds']
  readonly #reader: FrameReader
  readonly #isForeign: boolean
  readonly #boot = Promise.withResolvers<ReadyMessage>()
  #killedFor: KillReason | undefined
  #told: Death['told']
  #heapFull = false
  #isDead = false
  #timer: NodeJS.Timeout | undefined
  #runs = 0

  constructor({ command: [program, ...args], start, isForeign = false, label, onOutput, onBytes, onHolds }: ChildOptions) {
    this.#label = label
    this.#onBytes = onBytes
    this.#onHolds = onHolds
    this.#isForeign = isForeign
    const linesOf = (stream: 'stdout' | 'stderr') => new OutputLines((label, text) => onOutput?.({ label, stream, text }))
    this.#output = { stdout: linesOf('stdout'), stderr: linesOf('stderr') }
    this.#reader = new FrameReader(start.maxResultBytes + frameRoom)
    // a group of its own: Ctrl-C is for the parent to deal with, and a kill takes along what a function has started
    this.#process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'], detached: true })
    this.pid = this.#process.pid
    this.#endAfter(bootMs, 'boot')
    this.ready = this.#boot.promise
    this.#listen()
    this.died = this.#watch()
    this.send({ type: 'start', ...start })
  }

  /** Whether it can be given work. */
  get isAlive(): boolean {
    return !this.#isDead && this.#told === undefined && this.#killedFor === undefined
  }

  /** A number for the next run, never given twice. */
  nextRun(): number {
    return this.#runs++
  }

  send(message: ParentMessage, body: Buffer = noBody): void {
    const commands = this.#streams[3] as Writable | undefined
    const head = frameHead(message, body.length)
    // a small one in one write, a large one without a copy
    if (body.length < copyBytes) {
      commands?.write(Buffer.concat([head, body]))
    } else {
      commands?.write(head)
      commands?.write(body)
    }
  }

  /** Kills the process and what it has started. The first reason counts. */
  kill(reason: KillReason): void {
    if (this.#isDead) return
    this.#killedFor ??= reason
    this.#killGroup()
  }

  /**
   * Asks the process to end: what that does is its own affair.
   * @param reason it gets no more work, whatever it does
   */
  terminate(reason?: KillReason): void {
    if (this.#isDead) return
    this.#killedFor ??= reason
    this.#process.kill('SIGTERM')
  }

  /** Node leaves them out when there are no descriptors left for pipes; the error event follows. */
  get #streams(): readonly (Readable | Writable | null | undefined)[] {
    return this.#process.stdio ?? []
  }

  #listen(): void {
    const [, stdout, stderr, commands, answers] = this.#streams
    answers?.on('data', (chunk: Buffer) => this.#onAnswer(chunk))
    stdout?.on('data', (chunk: Buffer) => this.#onRaw('stdout', chunk))
    stderr?.on('data', (chunk: Buffer) => this.#onRaw('stderr', chunk))
    // a pipe to a process that dies breaks, which is no news: its end is told by `died`
    for (const stream of this.#streams) stream?.on('error', () => this.#onDeaf())
    commands?.on('close', () => this.#onDeaf())
    answers?.on('close', () => this.#onDeaf())
  }

  /** We cannot talk with it any more: it dies just now, or its function has closed the pipe. */
  #onDeaf(): void {
    if (!this.#isDead && this.#told === undefined) this.#endAfter(deafMs, 'protocol')
  }

  #endAfter(ms: number, reason: KillReason): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.kill(reason), ms)
  }

  async #watch(): Promise<Death> {
    const exit = await exitOf(this.#process)
    this.#killGroup()
    const [, stdout, stderr, , answers] = this.#streams
    await Promise.all([stdout, stderr, answers].map(drained))
    return this.#bury(exit)
  }

  #onAnswer(chunk: Buffer): void {
    const frames = this.#reader.push(chunk)
    for (let frame = this.#next(frames); frame; frame = this.#next(frames)) {
      // once it has said what is none of the protocol, nothing it says counts
      if (this.#killedFor === 'protocol') return
      const message = childMessage(frame.header)
      if (message && this.#isSound(message, frame.body)) this.#onMessage(message, frame.body)
      else this.kill('protocol')
    }
  }

  #next(frames: Iterator<Frame, void>): Frame | undefined {
    try {
      return frames.next().value ?? undefined
    } catch {
      // not the protocol: a function has written on the pipe, or the program is no child of ours
      this.kill('protocol')
      return undefined
    }
  }

  #isSound(message: ChildMessage, body: Buffer): boolean {
    return !this.#isForeign || message.type !== 'done' || areJsonLines(body, message.count)
  }

  #onMessage(message: ChildMessage, body: Buffer): void {
    if (message.type === 'done') this.listener?.onDone(message, body)
    else if (message.type === 'output') this.#write(message.stream, message, body)
    else if (message.type === 'progress') this.listener?.onProgress?.(message, body)
    else if (message.type === 'wait') this.listener?.onWait?.(message)
    else if (message.type === 'waited') this.#onWaited(message)
    else if (message.type === 'holds') this.#onHolds?.(message.ttlMs)
    else if (message.type === 'exit') this.#onExit(message.running)
    else if (message.type === 'ready') this.#onReady(message)
    else this.#boot.reject(new BootError(message.message, body))
  }

  /** Where nobody has given its place away it goes on at once. */
  #onWaited({ run }: WaitedMessage): void {
    const resume = () => this.send({ type: 'resume', run })
    if (this.listener?.onWaited) this.listener.onWaited(run, resume)
    else resume()
  }

  #onReady(message: ReadyMessage): void {
    clearTimeout(this.#timer)
    this.#boot.resolve(message)
  }

  #onExit(running: boolean): void {
    this.#told = running ? 'running' : 'idle'
    this.#endAfter(exitMs, 'exit')
  }

  #onRaw(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    if (stream === 'stderr' && chunk.includes('JavaScript heap out of memory')) this.#heapFull = true
    this.#write(stream, { label: this.listener?.label ?? 'functions' }, chunk)
  }

  #write(stream: 'stdout' | 'stderr', about: Written, bytes: Buffer): void {
    this.#output[stream].push(this.#label ?? about.label, bytes)
    this.listener?.onOutput?.(about, bytes)
    this.#onBytes?.(stream, bytes)
  }

  #bury(exit: Exit): Death {
    this.#isDead = true
    clearTimeout(this.#timer)
    for (const stream of this.#streams) stream?.destroy()
    for (const lines of Object.values(this.#output)) lines.end()
    this.#boot.reject(new Error(bootFailure(exit, this.#killedFor)))
    const death = { code: exit.code, signal: exit.signal, killedFor: this.#killedFor, told: this.#told, heapFull: this.#heapFull }
    this.listener?.onDeath(death)
    return death
  }

  #killGroup(): void {
    if (this.pid === undefined) return
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch (error) {
      // ESRCH: it is gone already; EPERM: the same, where a group of zombies may not be signalled
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ESRCH' && code !== 'EPERM') throw error
    }
  }
}

/** A child said that it does not come up. */
export class BootError extends Error {
  /** What an initializer threw, as JSON; empty when the functions do not load. */
  readonly body: Buffer

  constructor(message: string, body: Buffer) {
    super(message)
    this.body = body
  }
}

type Exit = Pick<Death, 'code' | 'signal'> & { error?: Error }

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
  })
}

/** All that a dead process has written has been read. */
async function drained(stream: Readable | Writable | null | undefined): Promise<void> {
  // broken or held open by somebody else: what has not come by now does not come
  if (stream) await finished(stream, { writable: false, signal: AbortSignal.timeout(drainMs) }).catch(() => undefined)
}

function bootFailure({ code, signal, error }: Exit, killedFor: KillReason | undefined): string {
  if (error) return `The process for the functions cannot be started: ${error.message}`
  if (killedFor === 'boot') return `The functions were not loaded within ${bootMs / 1000} s`
  if (killedFor === 'protocol')
    return 'What the process said while it loaded the functions is not the child protocol (docs/child-protocol.md)'
  return `The process ended with ${signal ?? `exit code ${code}`} while it loaded the functions`
}
