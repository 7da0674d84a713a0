import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessPool, ProcessPoolOptions, Seat } from '../work.ts'
import { Nursery } from './nursery.ts'
import { Slot } from './slot.ts'

/** TypeScript as it stands, or the built JavaScript: the child is of the same kind as this file. */
const entry = fileURLToPath(new URL(`../child/main${extname(import.meta.url)}`, import.meta.url))

/**
 * Runs in a child before anything else is loaded: compiled code, with its types taken away, is kept from one child to the next. So a
 * replacement starts in half the time and with 16 MB less, since it need not load the compiler.
 */
const keepCompiled = 'data:text/javascript,import{enableCompileCache}from"node:module";enableCompileCache()'

/** Child processes that run the functions of a worker; this process never does. Nothing is started before `start()`. */
export function createProcessPool(options: ProcessPoolOptions): ProcessPool {
  return new Pool(options)
}

interface Waiter {
  resolve: (slot: Slot) => void
  reject: (reason: unknown) => void
}

class Pool implements ProcessPool {
  readonly #options: ProcessPoolOptions
  readonly #nursery: Nursery
  readonly #slots: Slot[]
  readonly #free: Slot[]
  readonly #waiting = new Set<Waiter>()

  constructor(options: ProcessPoolOptions) {
    this.#options = options
    const { execArgv = [], functions, maxResultBytes, memoryBytes, onOutput } = options
    // the resident size is watched and reaches the limit first; V8's own limit catches what is too fast for a watch
    const heap = `--max-old-space-size=${Math.ceil(memoryBytes / 2 ** 20)}`
    this.#nursery = new Nursery({
      command: [process.execPath, heap, '--import', keepCompiled, ...execArgv, entry],
      start: { functions, maxResultBytes },
      onOutput,
    })
    this.#slots = Array.from({ length: options.processes }, () => new Slot(this.#nursery, options))
    this.#free = [...this.#slots]
  }

  get busy(): number {
    return this.#options.processes - this.#free.length
  }

  async start() {
    const { child, ready } = await this.#first()
    this.#free[0]?.adopt(child)
    const { functions, skipped, build } = ready
    return { functions, skipped, build: this.#options.build || build }
  }

  async seat(signal?: AbortSignal, crew?: string): Promise<Seat> {
    signal?.throwIfAborted()
    if (this.#nursery.isStopped) throw stopped()
    const wanted = this.#free.findIndex((slot) => slot.isWarmFor(crew))
    const plain = this.#free.findIndex((slot) => slot.isWarmFor(undefined))
    const [slot] = this.#free.splice(Math.max(wanted < 0 ? plain : wanted, 0), 1)
    return this.#seatOn(slot ?? (await this.#wait(signal)))
  }

  async stop(): Promise<void> {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(stopped())
    for (const slot of this.#slots) slot.stop()
    await this.#nursery.stop()
  }

  async #first() {
    try {
      return await this.#nursery.raise()
    } catch (error) {
      // a pool that did not start leaves nothing open
      await this.stop()
      throw error
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<Slot> {
    const { promise, resolve, reject } = Promise.withResolvers<Slot>()
    const waiter = { resolve, reject }
    const giveUp = () => {
      this.#waiting.delete(waiter)
      reject(signal?.reason)
    }
    this.#waiting.add(waiter)
    signal?.addEventListener('abort', giveUp, { once: true })
    return promise.finally(() => signal?.removeEventListener('abort', giveUp))
  }

  #seatOn(slot: Slot): Seat {
    let isHeld = true
    slot.occupy()
    return {
      run: (slices, onOutcome, crew) => slot.run(slices, onOutcome, crew),
      release: () => {
        if (isHeld) this.#giveBack(slot)
        isHeld = false
      },
    }
  }

  #giveBack(slot: Slot): void {
    const [next] = this.#waiting
    if (!next) {
      slot.vacate()
      this.#free.unshift(slot)
      return
    }
    this.#waiting.delete(next)
    next.resolve(slot)
  }
}

const stopped = () => new Error('The process pool is stopped')
