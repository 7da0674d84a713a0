import type { ObjectRef, WaitOptions } from '@manyhands/objects'
import type { Redis } from '@manyhands/redis'
import { Changes, type ObjectNews, wholeReading } from './changes.ts'
import { type Caller, type ObjectAnswer, operate, type PreparedCall, prepare, type ScriptAnswer } from './operate.ts'
import type { SharedContext } from './scripts.ts'
import { Voting } from './voting.ts'
import { type Waiting, Waits } from './waits.ts'

const notHeld: ObjectAnswer = { value: 'null' }

/** Where calls on shared objects come in: one in each API process, and one in each process that runs functions and uses them. */
export class Door {
  readonly #context: SharedContext
  readonly #waits: Waits
  readonly #voting: Voting
  readonly #changes: Changes

  /** @param subscriber a pub/sub connection, asked for when the first waits; it is not closed here */
  constructor(context: SharedContext, subscriber: () => Promise<Redis>, onError: (error: Error) => void) {
    this.#context = context
    this.#waits = new Waits(context, subscriber, onError)
    this.#voting = new Voting(context)
    this.#changes = new Changes(context, subscriber)
  }

  /** Calls in order, none of which waits. */
  async operate(calls: readonly PreparedCall[], caller: Caller): Promise<ObjectAnswer[]> {
    const found = await operate(this.#context, calls, caller)
    return Promise.all(found.map((one, i) => this.#settled(one, calls[i]?.call.tries === true)))
  }

  /**
   * One call that may wait. When the time is over it is answered with what one gets that does not wait; `standing` leaves it in its line
   * then, for a while, and resolves with `waits`: whoever asks again under the same owner has its place still. Rejects with the signal's
   * reason; nothing is given to it then.
   */
  async wait(call: PreparedCall, caller: Waiting, options: WaitOptions, standing = false): Promise<ObjectAnswer> {
    const { timeoutMs, signal } = options
    const end = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
    const found = await this.#waits.wait(call, caller, options, standing)
    try {
      const settled = await this.#voting.settleBy(found, end, signal)
      if (settled) return settled
      if (standing) return 'waits'
    } catch (error) {
      await this.#voting.letGo(found)
      throw error
    }
    await this.#voting.letGo(found)
    return notHeld
  }

  /** All of an object as it is, then each change of it. */
  watch(ref: ObjectRef, signal?: AbortSignal): AsyncGenerator<ObjectNews, void> {
    return this.#changes.watch(ref, signal)
  }

  /** All of an object, or why not. */
  async whole(ref: ObjectRef): Promise<ObjectAnswer> {
    const reading = await wholeReading(this.#context, ref)
    const { method, args, show } = reading ?? { method: 'size', args: [], show: String }
    const [answer] = (await this.operate([prepare({ object: ref, method, args })], {})) as [ObjectAnswer]
    return answer !== 'waits' && 'value' in answer ? { value: show(answer.value) } : answer
  }

  /** Ends the beats; those that wait go on at another door, when they ask again. */
  stop(): void {
    this.#waits.stop()
    this.#changes.stop()
  }

  async #settled(found: ScriptAnswer, tries: boolean): Promise<ObjectAnswer> {
    const settled = await this.#voting.settle(found)
    if (settled !== 'refused') return settled
    await this.#voting.letGo(found)
    return tries ? 'waits' : notHeld
  }
}
