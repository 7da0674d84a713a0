import { flushCompileCache } from 'node:module'
import { Socket } from 'node:net'
import { failureLine } from '@manyhands/contracts/call'
import type { Definition, ProcessInfo } from '@manyhands/functions'
import { buildOf, FunctionsError, loadFunctions, taskStorage } from '@manyhands/functions'
import type { Frame } from '../frames.ts'
import { FrameReader } from '../frames.ts'
import type { ParentMessage, RunMessage, StartMessage } from '../messages.ts'
import type { Initializer, LoadedFunction } from '../work.ts'
import { initialize } from './initialize.ts'
import { BurstSource } from './item-task.ts'
import { Outbox } from './outbox.ts'
import { captureOutput } from './output.ts'
import { Run } from './run.ts'
import { ChildSharing } from './sharing.ts'

/** Descriptors of the protocol: commands come on the one, answers go out on the other. */
const commands = 3
const answers = 4

/**
 * The life of a child: `start`, load, `ready`; then runs, one after the other. It ends by the parent's SIGKILL, when the parent's end of the
 * pipe closes, or by its own `exit` when something escaped a function that leaves it in doubt.
 */
class Child {
  readonly #outbox = new Outbox(answers)
  readonly #queue: Run[] = []
  #functions = new Map<string, Definition>()
  #maxResultBytes = 0
  #name = 'functions'
  #sharing = new ChildSharing(undefined, this.#outbox)
  #isOnce = false
  #current: Run | undefined
  #isReady = false
  #isWorking = false
  #isLeaving = false
  readonly #promising = new WeakSet<Definition>()

  listen(): void {
    captureOutput(this.#outbox)
    process.on('unhandledRejection', (reason) => this.#onLeak(reason, false))
    process.on('uncaughtException', (error) => this.#onLeak(error, true))
    process.on('exit', () => this.#onExit())
    const reader = new FrameReader(Number.POSITIVE_INFINITY)
    const socket = new Socket({ fd: commands, readable: true, writable: false })
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) this.#onFrame(frame)
    })
    // the parent is gone, and nobody wants what we compute
    socket.on('close', () => process.kill(process.pid, 'SIGKILL'))
    socket.on('error', () => process.kill(process.pid, 'SIGKILL'))
  }

  #onFrame({ header, body }: Frame): void {
    const message = header as ParentMessage
    if (message.type === 'start') void this.#start(message)
    else if (message.type === 'run') this.#enqueue(message, body)
    else if (message.type === 'cancel') this.#find(message.run)?.cancel()
    else if (message.type === 'resume') this.#find(message.run)?.resume()
    else if (message.type === 'yield') this.#find(message.run)?.yieldRest()
  }

  #find(number: number): Run | undefined {
    return this.#runs.find((run) => run.message.run === number)
  }

  get #runs(): Run[] {
    return this.#current ? [this.#current, ...this.#queue] : this.#queue
  }

  async #start({ functions: path, maxResultBytes, initializer, name, once, sharing }: StartMessage): Promise<void> {
    this.#maxResultBytes = maxResultBytes
    this.#name = name ?? this.#name
    this.#sharing = new ChildSharing(sharing, this.#outbox)
    this.#isOnce = once === true
    try {
      if (path === undefined) throw new FunctionsError('No functions were named; meant is the path of a module or a folder')
      const { functions, skipped } = await loadFunctions(path)
      this.#functions = functions
      if (initializer && !(await this.#initialize(initializer))) return
      this.#isReady = true
      this.#outbox.send({ type: 'ready', functions: [...functions].map(loaded), skipped, build: buildOf(path) })
      // a child most often ends by SIGKILL: it must not wait for its end to keep what it has compiled
      flushCompileCache()
    } catch (error) {
      this.#break(error)
    }
  }

  async #initialize(initializer: Initializer): Promise<boolean> {
    try {
      await initialize(this.#functions.get(initializer.function), initializer, this.#sharing.live)
      return true
    } catch (error) {
      const line = failureLine(error, 'initializer-failed', undefined, initializer.wire)
      this.#break(new FunctionsError(`The initializer ${initializer.function} failed: ${describe(error)}`), line)
      return false
    }
  }

  #break(error: unknown, line = ''): void {
    const message = error instanceof FunctionsError ? error.message : `The functions cannot be loaded: ${describe(error)}`
    this.#outbox.send({ type: 'broken', message }, Buffer.from(line))
    this.#isLeaving = true
    process.exit(1)
  }

  get #info(): ProcessInfo {
    return { name: this.#name, pid: process.pid }
  }

  #enqueue(message: RunMessage, body: Buffer): void {
    const context = {
      outbox: this.#outbox,
      maxResultBytes: this.#maxResultBytes,
      promising: this.#promising,
      process: this.#info,
      discards: this.#isOnce,
      sharing: this.#sharing,
    }
    this.#queue.push(new Run(message, body, this.#functions.get(message.function), context))
    if (this.#isWorking) return
    this.#isWorking = true
    // from here on each turn of the event loop reads the pipe; straight from its reader the first one would not
    setImmediate(() => void this.#work())
  }

  async #work(): Promise<void> {
    for (let run = this.#queue.shift(); run; run = this.#queue.shift()) {
      this.#current = run
      if ((await run.work()) === 'leave' || this.#isOnce) return this.#leave(run)
    }
    this.#current = undefined
    this.#isWorking = false
  }

  /** All is told, and no item runs. A process of its own ends as the program would that its function is. */
  #leave(run?: Run): void {
    this.#isLeaving = true
    this.#outbox.send({ type: 'exit', running: false })
    if (this.#isOnce && run?.hasFailed === false) process.exit()
    process.exit(this.#isOnce ? 1 : 0)
  }

  /** A function called `process.exit`. */
  #onExit(): void {
    if (this.#isLeaving || !this.#isReady) return
    const words = this.#current ? this.#current.lastWords : 'idle'
    if (words) this.#outbox.send({ type: 'exit', running: words === 'running' })
  }

  #onLeak(error: unknown, fatal: boolean): void {
    if (this.#isReady) this.#judgeLeak(error, fatal)
    else this.#break(error)
  }

  #judgeLeak(error: unknown, fatal: boolean): void {
    const store = taskStorage().getStore()
    const source = store instanceof BurstSource ? store : undefined
    if (this.#current?.takeLeak(error, source, fatal)) return
    const label = source?.label ?? 'functions'
    this.#outbox.send(
      { type: 'output', stream: 'stderr', label },
      Buffer.from(`Not caught, after the item had ended: ${describe(error)}\n`),
    )
    if (!fatal) return
    if (this.#current) this.#current.leave()
    else this.#leave()
  }
}

function loaded([name, { call: _call, input, ...policy }]: [string, Definition]): LoadedFunction {
  return { name, ...policy, input: input !== undefined }
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } catch {
    // a thrown object may refuse to be read
    return 'something that cannot be read'
  }
}

export function serve(): void {
  new Child().listen()
}
