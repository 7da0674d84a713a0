import { orphanItems, parkTask, resumeTask } from '@manyhands/job-store'
import type { Task } from '@manyhands/planning'
import type { Seat, Waits } from '@manyhands/process-pool'
import { dispatch, type JobsContext } from '../context.ts'
import { persist } from './persist.ts'

/**
 * A task whose function waits for nested work gives its credit and its slot to others, and takes them again, in this order, before it goes on:
 * whoever held a slot while he waited for credit could keep it from the task that has the credit (docs/adr/0016).
 */
export class Parking implements Waits {
  /** Resolves when the task has left its slot for the first time: from then on the queue has nothing to do with it. */
  readonly left: Promise<void>
  readonly task: Task
  readonly #context: JobsContext
  readonly #seat: Seat
  readonly #recheckMs: number
  readonly #left = Promise.withResolvers<void>()
  readonly #runnerStop: AbortSignal
  /** Aborts when the task is through. Made when it is needed: most tasks never wait. */
  #over: AbortController | undefined
  #isOver = false
  #isWaiting = false
  /** One step after another. */
  #steps: Promise<void> = Promise.resolve()

  constructor(context: JobsContext, task: Task, seat: Seat, { recheckMs, stop }: { recheckMs: number; stop: AbortSignal }) {
    this.#context = context
    this.task = task
    this.#seat = seat
    this.#recheckMs = recheckMs
    this.#runnerStop = stop
    this.left = this.#left.promise
  }

  begin(): void {
    if (this.#isWaiting || this.#isOver) return
    this.#isWaiting = true
    this.#steps = this.#steps.then(() => this.#leave()).catch(this.#context.onError)
  }

  end(): Promise<void> {
    if (!this.#isWaiting) return this.#steps
    this.#isWaiting = false
    const rejoined = this.#steps.then(() => this.#rejoin())
    this.#steps = rejoined.catch(() => undefined)
    return rejoined
  }

  /** Most items have submitted nothing, which is seen in one look. */
  async again(job: string, from: number, to: number): Promise<void> {
    await persist(() => orphanItems(this.#context.store, job, from, to), this.#runnerStop)
  }

  /** The task is through: nobody waits for anything any more. */
  close(): void {
    this.#isOver = true
    this.#over?.abort()
  }

  /** Aborts when the task is through, or the runner has stopped. */
  get #stop(): AbortSignal {
    this.#over ??= new AbortController()
    if (this.#isOver) this.#over.abort()
    return AbortSignal.any([this.#runnerStop, this.#over.signal])
  }

  async #leave(): Promise<void> {
    const stop = this.#stop
    if (stop.aborted) return
    dispatch(this.#context, await persist(() => parkTask(this.#context.store, this.task), stop))
    this.#seat.leave()
    this.#left.resolve()
  }

  async #rejoin(): Promise<void> {
    const stop = this.#stop
    while (!(await this.#mayGoOn(stop)));
    await this.#seat.rejoin(stop)
  }

  /** Asks, and when the answer is no, waits until it is worth to ask again. */
  async #mayGoOn(stop: AbortSignal): Promise<boolean> {
    using told = this.#told(stop)
    const { goesOn, tasks } = await persist(() => resumeTask(this.#context.store, this.task), stop)
    dispatch(this.#context, tasks)
    if (!goesOn) await told.promise
    stop.throwIfAborted()
    return goesOn
  }

  /** Resolves when this task is told to go on, when that may have been missed, and at the end. */
  #told(stop: AbortSignal): { promise: Promise<void> } & Disposable {
    const { promise, resolve } = Promise.withResolvers<void>()
    const off = this.#context.wakeups.onControl((event) => {
      if (event.type === 'reconnected' || (event.type === 'resume' && event.task === this.task.id)) resolve()
    })
    const timer = setTimeout(resolve, this.#recheckMs)
    const end = () => resolve()
    stop.addEventListener('abort', end, { once: true })
    return {
      promise,
      [Symbol.dispose]: () => {
        off()
        clearTimeout(timer)
        stop.removeEventListener('abort', end)
      },
    }
  }
}
