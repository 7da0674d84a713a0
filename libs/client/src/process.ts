import { isEnded, limits, media, type ProcessRecord } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { textOf } from './encoding.ts'
import { AssertionError, ProcessLostError, unlessGone, ValueError } from './errors.ts'
import { nameOf } from './options.ts'
import { type LogOptions, logLines } from './process-logs.ts'
import type { CallFields } from './signatures.ts'
import { randomName } from './submission.ts'

/** How long `start()` waits for the process to have its pid, in seconds: where there is no room it goes on without. */
const START_SECONDS = 1
/** One that ends before the next is asked is missed by nobody: the server holds the answer back. */
const JOIN_SECONDS = limits.waitSeconds

interface Said<T> {
  /** Python's; must be null. */
  group?: null | undefined
  /** The function that is called. */
  target: T
  /** For people; default `Process-1`, `Process-2` ... */
  name?: string | undefined
  /** Whether it ends with this program, however that ends. */
  daemon?: boolean | undefined
  /** Your own words on it, to find it by. */
  labels?: Record<string, string> | undefined
}

export type ProcessOptions<F, T> = Said<T> & CallFields<F, T>

/** What a process needs of its program. */
export interface Parent {
  readonly connection: Connection
  /** Id of the program's session, which daemons are bound to. */
  session(): Promise<string>
  onStart(process: Process): void
  onEnd(process: Process): void
}

/**
 * Python's Process: a call in a process of its own, on one of the workers. Nothing is sent before `start()`.
 * What it is known of is as of the last answer: `await p.join()` or `await p.isAlive()` ask.
 */
export class Process {
  readonly name: string
  readonly daemon: boolean
  readonly #parent: Parent
  readonly #body: Record<string, unknown>
  readonly #call: { args: unknown; kwargs: unknown }
  readonly #key = randomName()
  #hasStarted = false
  #isClosed = false
  #record: ProcessRecord | undefined

  /** @param count how many processes this program has made, with this one. Throws ValueError and AssertionError. */
  constructor(parent: Parent, options: Said<unknown> & { args?: unknown; kwargs?: unknown }, count: number) {
    const { group = null, target, args = [], kwargs, name = `Process-${count}`, daemon = false, labels } = options
    if (group !== null) throw new AssertionError('group is reserved, and must be null')
    if (!Array.isArray(args)) throw new ValueError('args is an array of arguments, also when there is one: [5]')
    this.#parent = parent
    this.name = name
    this.daemon = daemon
    this.#call = { args, kwargs }
    this.#body = { function: nameOf(target), name, daemon, labels }
  }

  /** The id of the process on the server, once it is started. */
  get id(): string | undefined {
    return this.#record?.id
  }

  /** Null before it runs: where no worker has room it waits. */
  get pid(): number | null {
    return this.#known?.pid ?? null
  }

  /** The machine it runs on. */
  get host(): string | null {
    return this.#known?.host ?? null
  }

  /** Null before its end; 1 when the function threw; negative: the number of the signal that ended it. */
  get exitCode(): number | null {
    return this.#known?.exitCode ?? null
  }

  /** As the server said last: all there is to know of it. Undefined before the start. */
  get record(): ProcessRecord | undefined {
    return this.#known
  }

  /**
   * Starts it, once; resolves when it runs, or waits for room. Throws AssertionError the second time. A start that failed may be tried
   * again: it is the same process, should the first one have come through.
   */
  async start(): Promise<void> {
    this.#refuseClosed()
    if (this.#hasStarted) throw new AssertionError('cannot start a process twice')
    const body = this.#text(await this.#session())
    this.#hasStarted = true
    try {
      this.#record = await this.#send('POST', '', body)
    } catch (error) {
      this.#hasStarted = false
      throw error
    }
    this.#parent.onStart(this)
  }

  /**
   * Resolves when it has ended, or after `timeout` seconds (0 or less: at once). What it ended with is in `exitCode`.
   * @throws ProcessLostError when its worker died
   */
  async join(timeout?: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    this.#refuseClosed()
    this.#started('join')
    await this.#parent.connection.whileWaiting(this.#untilEnd(timeout, signal))
    if (this.#record?.state === 'lost') throw new ProcessLostError(this.#record.error?.message ?? 'the process was lost', this.id)
  }

  async #untilEnd(timeout: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const end = performance.now() + (timeout ?? Number.POSITIVE_INFINITY) * 1000
    do await this.#look(Math.max(0, Math.min(JOIN_SECONDS, (end - performance.now()) / 1000)), signal)
    while (this.#lives && performance.now() < end)
  }

  /** Whether it has been started and has not ended. */
  async isAlive(): Promise<boolean> {
    this.#refuseClosed()
    if (this.#lives) await this.#look(0)
    return this.#lives
  }

  /** SIGTERM: exit code -15, unless the function handles it. Harmless after its end. */
  async terminate(): Promise<void> {
    await this.#signal('terminate')
  }

  /** SIGKILL: exit code -9. Harmless after its end. */
  async kill(): Promise<void> {
    await this.#signal('kill')
  }

  /** The lines it writes, as they come, until its end. */
  logs(options: LogOptions = {}): AsyncGenerator<string, void> {
    this.#refuseClosed()
    return logLines(this.#parent.connection, this.#started('read').id, options)
  }

  /** Gives back what there is of it, on the server too: its record and its output. Throws ValueError while it runs. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    if (await this.isAlive()) throw new ValueError('cannot close a process while it runs: join() or terminate() it first')
    this.#isClosed = true
    const { id } = this
    if (id !== undefined) await this.#parent.connection.send({ method: 'DELETE', path: `/v1/processes/${id}` }).catch(unlessGone)
  }

  get #lives(): boolean {
    const state = this.#record?.state
    return state !== undefined && state !== 'lost' && !isEnded(state)
  }

  /** Throws ValueError once it is closed. */
  get #known(): ProcessRecord | undefined {
    this.#refuseClosed()
    return this.#record
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new ValueError('the process is closed')
  }

  #started(what: string): ProcessRecord {
    if (!this.#record) throw new AssertionError(`can only ${what} a started process`)
    return this.#record
  }

  #session(): Promise<string> | undefined {
    return this.daemon ? this.#parent.session() : undefined
  }

  #text(session: string | undefined): string {
    const { args, kwargs } = this.#call
    const fields = JSON.stringify({ ...this.#body, session, parent: this.#parent.connection.parent })
    const named = kwargs && Object.keys(kwargs).length > 0 ? `,"kwargs":${textOf(kwargs, 'kwargs')}` : ''
    return `${fields.slice(0, -1)},"args":${textOf(args, 'args')}${named}}`
  }

  async #signal(word: 'terminate' | 'kill'): Promise<void> {
    this.#refuseClosed()
    const { id } = this.#started(word)
    if (this.#lives) this.#record = await this.#send('POST', `/${id}/${word}`)
  }

  async #look(seconds: number, signal?: AbortSignal): Promise<void> {
    if (!this.#lives) return
    const path = `/v1/processes/${this.id}?wait=${seconds.toFixed(3)}`
    this.#record = await this.#parent.connection.json<ProcessRecord>({ path, signal, waitSeconds: seconds })
    if (!this.#lives) this.#parent.onEnd(this)
  }

  #send(method: 'POST', path: string, body?: string): Promise<ProcessRecord> {
    const creating = { 'content-type': media.tagged, 'idempotency-key': this.#key, prefer: `wait=${START_SECONDS}` }
    return this.#parent.connection.json<ProcessRecord>({
      method,
      path: `/v1/processes${path}`,
      ...(body !== undefined && { body, headers: creating, waitSeconds: START_SECONDS }),
    })
  }
}
