import type { OwnCall, OwnProcess, ProcessPool, ProcessPoolOptions, Seat } from '../work.ts'
import { Nursery } from './nursery.ts'
import { OwnRun } from './own-run.ts'
import { programOf } from './program.ts'
import { Slot } from './slot.ts'

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
    const { functions, maxResultBytes, onOutput } = options
    this.#nursery = new Nursery({
      command: programOf(options),
      start: { functions, maxResultBytes },
      isForeign: options.command !== undefined,
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
    const [slot] = this.#free.splice(this.#bestFree(crew), 1)
    return this.#seatOn(slot ?? (await this.#wait(signal)))
  }

  /** One whose process is the crew's already, else one without a process, else any: there a process is replaced. */
  #bestFree(crew: string | undefined): number {
    const warm = this.#free.findIndex((slot) => slot.isWarmFor(crew))
    return warm >= 0
      ? warm
      : Math.max(
          this.#free.findIndex((slot) => !slot.isWarm),
          0,
        )
  }

  spawn({ name, onOutput, ...work }: OwnCall): OwnProcess {
    if (this.#nursery.isStopped) throw stopped()
    const child = this.#nursery.spawn({ start: { name, once: true }, label: name, onBytes: onOutput })
    const { worker, host, memoryBytes } = this.#options
    return new OwnRun(child, { ...work, name, memoryBytes, at: { worker, host, build: this.#options.build || this.#nursery.build } })
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
