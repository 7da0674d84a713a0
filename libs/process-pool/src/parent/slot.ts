import { FunctionsError } from '@manyhands/functions'
import type { Outcome, ProcessPoolOptions, Slice } from '../work.ts'
import type { Child } from './child.ts'
import type { Nursery } from './nursery.ts'
import { Shift } from './shift.ts'
import { TaskProgress } from './task-progress.ts'

/** Children in a row that do not come up, after which the items fail: the functions have become unloadable here. */
const bootBudget = 5

/** A place for one child at a time. The child outlives tasks; a dead one is replaced when the next work comes. */
export class Slot {
  readonly #nursery: Nursery
  readonly #options: ProcessPoolOptions
  #child: Child | undefined
  #raising: Promise<Child> | undefined

  constructor(nursery: Nursery, options: ProcessPoolOptions) {
    this.#nursery = nursery
    this.#options = options
  }

  get isWarm(): boolean {
    return this.#child?.isAlive === true
  }

  adopt(child: Child): void {
    this.#child = child
  }

  /** See Seat.run. */
  async run(slices: Slice[], onOutcome: (outcome: Outcome) => void): Promise<void> {
    const { worker, host, memoryBytes } = this.#options
    const build = this.#options.build || this.#nursery.build
    const task = new TaskProgress(slices, { at: { worker, host, build }, memoryBytes }, onOutcome)
    while (!task.isOver) {
      const child = await this.#ready(task)
      if (child) await new Shift(child, task, memoryBytes).work()
      if (this.#nursery.isStopped) throw new Error('The process pool is stopped')
    }
  }

  /** A living child; undefined when there is nothing left to do for one. */
  async #ready(task: TaskProgress): Promise<Child | undefined> {
    if (this.#child?.isAlive) return this.#child
    // gone for good before there is another one: a slot has one process
    await this.#child?.died
    if (task.isOver) return undefined
    const { promise: abandoned, resolve } = Promise.withResolvers<undefined>()
    const forget = task.onAbort(() => task.isOver && resolve(undefined))
    try {
      return await Promise.race([this.#raise(), abandoned])
    } catch (error) {
      if (!(error instanceof FunctionsError)) throw error
      if (!this.#nursery.isStopped && this.#nursery.failures >= bootBudget) task.failAll(error.message)
      return undefined
    } finally {
      forget()
    }
  }

  /** One at a time, also when a task was given up while it waited. */
  #raise(): Promise<Child> {
    this.#raising ??= this.#nursery
      .raise()
      .then(({ child }) => (this.#child = child))
      .finally(() => {
        this.#raising = undefined
      })
    return this.#raising
  }
}
