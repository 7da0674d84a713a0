import { constants } from 'node:os'
import type { ItemError } from '@manyhands/contracts'
import { isItemError, itemError } from '@manyhands/contracts/call'
import type { DoneMessage } from '../messages.ts'
import type { OwnCall, OwnEnd, OwnProcess } from '../work.ts'
import { Alarm } from './alarm.ts'
import type { Child, ChildListener } from './child.ts'
import { type Death, deathError } from './death.ts'
import { residentBytes } from './memory.ts'

const memoryEveryMs = 50
/** A function that was told to stop may go on for this long, in milliseconds. */
const cancelMs = 200
/** A program that has told its result and stays is killed after this time, in milliseconds. */
const exitMs = 200

export interface OwnWork extends Pick<OwnCall, 'call' | 'input' | 'name'> {
  at: { worker: string; host: string; build: string }
  memoryBytes: number
}

/** What became of the call, as far as the child has told it: what it returned counts for nothing. */
type Told = { error: ItemError | undefined }

/**
 * One call in a child of its own: booting -> running -> told -> gone. Unlike in a `Shift`, death is a regular end here: nothing runs again,
 * and how the process went is the answer.
 */
export class OwnRun implements OwnProcess, ChildListener {
  readonly ended: Promise<OwnEnd>
  readonly label: string
  readonly #child: Child
  readonly #work: OwnWork
  readonly #alarm = new Alarm(() => this.#child.kill('timeout'))
  /** Why the functions did not load. */
  #broken: string | undefined
  #told: Told | undefined
  #usage = { itemUs: 0, cpuUs: 0 }
  #run: number | undefined
  #isGone = false
  #timer: NodeJS.Timeout | undefined

  constructor(child: Child, work: OwnWork) {
    this.#child = child
    this.#work = work
    this.label = work.name
    child.listener = this
    child.ready.then(
      () => this.#start(),
      (error: Error) => {
        this.#broken = error.message
        child.kill('boot')
      },
    )
    this.ended = this.#watch()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (name === 'SIGKILL') this.#child.kill('kill')
    else this.#child.terminate()
  }

  cancel(): void {
    if (this.#isGone) return
    if (this.#run !== undefined) this.#child.send({ type: 'cancel', run: this.#run })
    this.#child.terminate()
    this.#killAfter(cancelMs)
  }

  onDone(message: DoneMessage, body: Buffer): void {
    this.#usage.itemUs += message.itemUs
    this.#usage.cpuUs += message.cpuUs
    if (message.count > 0 && !this.#hear(message, body)) this.#child.kill('protocol')
    else if (message.end) this.#leaveSoon()
  }

  /** All is told by `ended`. */
  onDeath(): void {
    this.#isGone = true
    this.#alarm.clear()
    clearTimeout(this.#timer)
  }

  #leaveSoon(): void {
    this.#alarm.clear()
    this.#killAfter(exitMs)
  }

  /** False when it is no answer to the call. */
  #hear({ run, count, failed }: DoneMessage, body: Buffer): boolean {
    if (run !== this.#run || count !== 1 || this.#told || body.at(-1) !== 0x0a) return false
    const error = failed.length > 0 ? parsed(body) : undefined
    if (failed.length > 0 && !error) return false
    // it was not asked for a result: that there is none to send harms nobody
    const isUnsent = error?.code === 'result-not-serializable' || error?.code === 'result-too-large'
    this.#told = { error: isUnsent ? undefined : error }
    return true
  }

  #start(): void {
    const { call, input, at } = this.#work
    const { job, function: name, mode, constants, wire, attempt, claim } = call
    this.#run = this.#child.nextRun()
    const about = { run: this.#run, job, function: name, mode, constants, wire, careful: true, claim, at: { ...at, attempt } }
    this.#child.send({ type: 'run', ...about, runs: [[0, 1]] }, input)
    this.#alarm.set(call.timeoutMs)
  }

  #killAfter(ms: number): void {
    this.#timer ??= setTimeout(() => this.#child.kill('exit'), ms)
  }

  async #watch(): Promise<OwnEnd> {
    const memory = setInterval(() => this.#watchMemory(), memoryEveryMs)
    const death = await this.#child.died
    clearInterval(memory)
    const exitCode = this.#exitCode(death)
    const error = exitCode === 0 ? undefined : (this.#told?.error ?? { ...this.#error(death), exitCode })
    return { exitCode, signal: death.signal, error, isLost: death.killedFor === 'stop', ...this.#usage }
  }

  #watchMemory(): void {
    if (this.pid !== undefined && residentBytes(this.pid) > this.#work.memoryBytes) this.#child.kill('memory')
  }

  /** The process's own word, unless we had to end it after it had told all. */
  #exitCode({ code, signal, killedFor }: Death): number {
    if (killedFor === 'boot') return 1
    if (this.#told && killedFor === 'exit') return this.#told.error ? 1 : 0
    if (signal) return -constants.signals[signal]
    return code ?? 1
  }

  #error(death: Death): ItemError {
    const { call, memoryBytes } = this.#work
    const at = { ...this.#work.at, attempt: call.attempt }
    if (this.#broken !== undefined && (death.killedFor === 'boot' || !death.signal))
      return itemError('function-not-loaded', this.#broken, at)
    return deathError(death, at, { timeoutMs: call.timeoutMs, memoryBytes })
  }
}

function parsed(line: Buffer): ItemError | undefined {
  try {
    const error: unknown = JSON.parse(line.toString())
    return isItemError(error) ? error : undefined
  } catch {
    return undefined
  }
}
