import type { AskedSignal, Claim } from '@manyhands/job-store'
import type { Task } from '@manyhands/planning'
import type { OwnProcess } from '@manyhands/process-pool'

/**
 * A process on its way: claimed -> begun -> spawned -> ended. What is to be done with it may come in any of these states; it reaches the process
 * as soon as there is one.
 */
export class LiveProcess {
  /** The latest: this worker may be given the same task again, when Redis was away for longer than a lease. */
  task: Task
  claim: Claim
  /** A claim is under way that may take this one over. */
  isClaiming = false
  /** Signals that were delivered. */
  #delivered = 0
  #asked: AskedSignal | undefined
  #unwanted = false
  #process: OwnProcess | undefined
  readonly over = Promise.withResolvers<void>()

  constructor(task: Task, claim: Claim) {
    this.task = task
    this.claim = claim
  }

  /** The signal that it was sent last. */
  get asked(): AskedSignal | undefined {
    return this.#asked
  }

  /** Somebody asked for a signal; one that was delivered before is not sent again. */
  deliver(asked: AskedSignal | undefined): void {
    if (!asked || asked.number <= this.#delivered) return
    this.#delivered = asked.number
    this.#asked = asked
    this.#process?.signal(asked.signal)
  }

  /** Its job has ended, or is another's now. */
  cancel(): void {
    this.#unwanted = true
    this.#process?.cancel()
  }

  attach(process: OwnProcess): void {
    this.#process = process
    if (this.#asked) process.signal(this.#asked.signal)
    if (this.#unwanted) process.cancel()
  }
}
