import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ItemError } from '@manyhands/contracts'
import { FunctionsError } from '@manyhands/functions'
import type { ReadyMessage, StartMessage } from '../messages.ts'
import type { Initializer, ProcessPoolOptions } from '../work.ts'
import { InitializerError } from '../work.ts'
import type { ChildOptions } from './child.ts'
import { BootError, Child } from './child.ts'
import { Guard } from './guard.ts'

const firstPauseMs = 100
const longestPauseMs = 5000

export type NurseryOptions = ChildOptions & Pick<ProcessPoolOptions, 'sharing' | 'locks'>

/** Starts children, knows all that live, and kills them all at the end. A child that does not come up makes the next one wait, longer each time. */
export class Nursery {
  readonly #options: NurseryOptions
  readonly #children = new Set<Child>()
  readonly #guard = new Guard()
  readonly #stop = new AbortController()
  /** Children that were started for slots. */
  #count = 0
  /** Children in a row that did not come up. */
  failures = 0
  /** What the functions' files are called together, by the last child that loaded them. */
  build = ''

  constructor(options: NurseryOptions) {
    this.#options = options
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  /**
   * A child that has loaded the functions and run the initializer. Throws FunctionsError, also when the nursery is stopped meanwhile, and
   * InitializerError: of that no other child has to wait.
   */
  async raise(initializer?: Initializer): Promise<{ child: Child; ready: ReadyMessage }> {
    await this.#pause()
    if (this.isStopped) throw new FunctionsError('The process pool is stopped')
    try {
      return await this.#boot(initializer)
    } catch (error) {
      if (initializer && !this.isStopped) throw new InitializerError(initializerError(initializer, error))
      this.failures++
      throw new FunctionsError(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }

  /** Kills every child, and resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stop.abort()
    for (const child of this.#children) child.kill('stop')
    await Promise.all([...this.#children].map((child) => child.died))
    await this.#guard.stop()
  }

  async #pause(): Promise<void> {
    if (this.failures === 0) return
    const ms = Math.min(firstPauseMs * 2 ** (this.failures - 1), longestPauseMs)
    // stopping ends the pause
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }

  async #boot(initializer: Initializer | undefined): Promise<{ child: Child; ready: ReadyMessage }> {
    const child = this.spawn({ start: { name: `PoolWorker-${++this.#count}`, initializer } })
    try {
      const ready = await child.ready
      this.failures = 0
      this.build = ready.build
      return { child, ready }
    } catch (error) {
      child.kill('boot')
      await child.died
      throw error
    }
  }

  /** A child that may not have come up yet: its caller deals with one that does not. */
  spawn({ start, ...own }: Spawning): Child {
    const { sharing, locks, ...options } = this.#options
    const holder = randomUUID()
    const known = { ...options.start, ...start, sharing: sharing && { ...sharing, holder } }
    const child = new Child({ ...options, ...own, start: known, onHolds: (ttlMs) => locks?.holds(holder, ttlMs) })
    const { pid } = child
    if (pid !== undefined) this.#guard.add(pid)
    this.#children.add(child)
    void child.died.then(() => {
      this.#children.delete(child)
      locks?.gone(holder)
      if (pid !== undefined) this.#guard.delete(pid)
    })
    return child
  }
}

/** What is said of one child, beside what is said of all. */
export interface Spawning extends Pick<ChildOptions, 'label' | 'onBytes'> {
  start: Pick<StartMessage, 'name' | 'once' | 'initializer'>
}

/** What the initializer threw; or how its process ended in it. */
function initializerError({ function: name }: Initializer, error: unknown): ItemError {
  const thrown = error instanceof BootError ? parsed(error.body) : undefined
  if (thrown) return thrown
  const message = error instanceof Error ? error.message : String(error)
  return { name: 'InitializerError', code: 'initializer-failed', message: `The initializer ${name} failed: ${message}` }
}

function parsed(body: Buffer): ItemError | undefined {
  try {
    return JSON.parse(body.toString()) as ItemError
  } catch {
    return undefined
  }
}
