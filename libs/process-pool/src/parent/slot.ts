import { FunctionsError } from '@manyhands/functions'
import type { Crew, Outcome, ProcessPoolOptions, Slice, Waits } from '../work.ts'
import type { Child } from './child.ts'
import type { Nursery } from './nursery.ts'
import { Shift } from './shift.ts'
import { TaskProgress } from './task-progress.ts'

/** Children in a row that do not come up, after which the items fail: the functions have become unloadable here. */
const bootBudget = 5

/** A process of a crew, or of a spare slot, that has nothing to do is given back after this time, in milliseconds. */
const idleMs = 10_000

/** A place for one child at a time. The child outlives tasks; a dead one is replaced when the next work comes, and so is one of another crew. */
export class Slot {
  readonly #nursery: Nursery
  readonly #options: ProcessPoolOptions
  readonly #isSpare: boolean
  #child: Child | undefined
  /** Whose process the child is; undefined: one that ran no initializer. */
  #crew: string | undefined
  /** Tasks that the child has begun. */
  #tasks = 0
  /** The present task has not begun yet. */
  #isNewTask = true
  /** A child that comes up, and for whom. */
  #raising: { crew: string | undefined; end: Promise<unknown> } | undefined
  #idle: NodeJS.Timeout | undefined

  /** @param isSpare there are more slots than the pool has places, for those that have left theirs */
  constructor(nursery: Nursery, options: ProcessPoolOptions, isSpare: boolean) {
    this.#isSpare = isSpare
    this.#nursery = nursery
    this.#options = options
  }

  get isWarm(): boolean {
    return this.#child?.isAlive === true
  }

  /** Whether its child can be used by a crew as it is. */
  isWarmFor(crew: string | undefined): boolean {
    return this.isWarm && this.#crew === crew
  }

  adopt(child: Child): void {
    this.#child = child
  }

  /** A task has taken the slot. */
  occupy(): void {
    clearTimeout(this.#idle)
    this.#isNewTask = true
  }

  /** The slot is free again. */
  vacate(): void {
    if (this.#crew !== undefined || this.#isSpare)
      this.#idle = setTimeout(() => this.#child?.kill('retire'), this.#options.idleMs ?? idleMs)
  }

  /** Nothing of it happens any more by itself. */
  stop(): void {
    clearTimeout(this.#idle)
  }

  /** See Seat.run. */
  async run(slices: Slice[], onOutcome: (outcome: Outcome) => void, crew?: Crew, waits?: Waits): Promise<void> {
    const { worker, host, memoryBytes } = this.#options
    const build = this.#options.build || this.#nursery.build
    const task = new TaskProgress(slices, { at: { worker, host, build }, memoryBytes }, onOutcome, waits)
    while (!task.isOver) {
      // it may have died while it waited
      await waits?.end()
      await task.tellReruns()
      const child = await this.#ready(task, crew)
      if (child) await this.#shift(child, task)
      if (this.#nursery.isStopped) throw new Error('The process pool is stopped')
    }
  }

  #shift(child: Child, task: TaskProgress): Promise<void> {
    if (this.#isNewTask) this.#tasks++
    this.#isNewTask = false
    return new Shift(child, task, this.#options.memoryBytes).work()
  }

  /** A living child of the crew; undefined when there is nothing left to do for one, or to be asked again. */
  async #ready(task: TaskProgress, crew: Crew | undefined): Promise<Child | undefined> {
    if (this.#isFit(crew)) return this.#child
    await this.#retire()
    if (task.isOver) return undefined
    const { promise: abandoned, resolve } = Promise.withResolvers<undefined>()
    const forget = task.onAbort(() => task.isOver && resolve(undefined))
    try {
      await Promise.race([this.#raise(crew), abandoned])
      return this.#isFit(crew) ? this.#child : undefined
    } catch (error) {
      if (!(error instanceof FunctionsError)) throw error
      if (!this.#nursery.isStopped && this.#nursery.failures >= bootBudget) task.failAll(error.message)
      return undefined
    } finally {
      forget()
    }
  }

  /** Gone for good before there is another one: a slot has one process. */
  async #retire(): Promise<void> {
    this.#child?.kill('retire')
    await this.#child?.died
  }

  #isFit(crew: Crew | undefined): boolean {
    const isWornOut = this.#isNewTask && crew?.maxTasks !== undefined && this.#tasks >= crew.maxTasks
    return this.isWarmFor(crew?.key) && !isWornOut
  }

  /** One at a time, also when a task was given up while it waited: its child comes up first, and how that ends is not this crew's. */
  #raise(crew: Crew | undefined): Promise<unknown> {
    const raising = this.#raising
    if (raising) return raising.crew === crew?.key ? raising.end : raising.end.catch(() => undefined)
    const end = this.#nursery
      .raise(crew?.initializer)
      .then(({ child }) => this.#settle(child, crew))
      .finally(() => {
        this.#raising = undefined
      })
    this.#raising = { crew: crew?.key, end }
    return end
  }

  #settle(child: Child, crew: Crew | undefined): void {
    this.#child = child
    this.#crew = crew?.key
    this.#tasks = 0
  }
}
