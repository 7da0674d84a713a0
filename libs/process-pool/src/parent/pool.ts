import type { OwnCall, OwnProcess, ProcessPool, ProcessPoolOptions, Seat } from '../work.ts'
import { Nursery } from './nursery.ts'
import { OwnRun } from './own-run.ts'
import { Places } from './places.ts'
import { programOf } from './program.ts'
import { Slot } from './slot.ts'

/** Child processes that run the functions of a worker; this process never does. Nothing is started before `start()`. */
export function createProcessPool(options: ProcessPoolOptions): ProcessPool {
  return new Pool(options)
}

class Pool implements ProcessPool {
  readonly #options: ProcessPoolOptions
  readonly #nursery: Nursery
  /** As many as there are places, and spare ones for tasks that have left theirs. */
  readonly #slots: Slot[]
  readonly #free: Slot[]
  readonly #places: Places

  constructor(options: ProcessPoolOptions) {
    this.#options = options
    const { functions, maxResultBytes, onOutput, sharing, locks } = options
    this.#nursery = new Nursery({
      command: programOf(options),
      start: { functions, maxResultBytes },
      isForeign: options.command !== undefined,
      onOutput,
      sharing,
      locks,
    })
    this.#slots = Array.from({ length: options.processes }, () => new Slot(this.#nursery, options, false))
    this.#free = [...this.#slots]
    this.#places = new Places(options.processes)
  }

  get busy(): number {
    return this.#options.processes - this.#places.free
  }

  room(): Promise<void> | undefined {
    return this.#places.vacancy()
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
    await this.#places.take(signal)
    const [slot] = this.#free.splice(this.#bestFree(crew), 1)
    return this.#seatOn(slot ?? this.#spare())
  }

  #spare(): Slot {
    const slot = new Slot(this.#nursery, this.#options, true)
    this.#slots.push(slot)
    return slot
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
    this.#places.close(stopped())
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

  #seatOn(slot: Slot): Seat {
    slot.occupy()
    const seat = { isHeld: true, hasPlace: true }
    const leave = () => {
      if (seat.hasPlace) this.#places.give()
      seat.hasPlace = false
    }
    return {
      run: (slices, onOutcome, crew, waits) => slot.run(slices, onOutcome, crew, waits),
      leave,
      rejoin: async (signal) => {
        if (this.#nursery.isStopped) throw stopped()
        // it had not left it, as the task was over
        if (seat.hasPlace) return
        await this.#places.take(signal, true)
        seat.hasPlace = true
        // it was given back before its place came
        if (!seat.isHeld) leave()
      },
      release: () => {
        if (!seat.isHeld) return
        seat.isHeld = false
        slot.vacate()
        this.#free.unshift(slot)
        leave()
      },
    }
  }
}

const stopped = () => new Error('The process pool is stopped')
