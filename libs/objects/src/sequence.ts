/** One that waits for its turn in a batch. */
interface Waiting<Item, Answer> {
  item: Item
  weight: number
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/**
 * Calls in the order in which they are made, one batch after the other: those made while a batch is under way are the next one. So a
 * program's operations keep their order, and many in flight cost few round trips.
 * @param send answers each of a batch; `number` counts batches from 1, the same for one that is sent again
 */
export class Sequence<Item, Answer> {
  readonly #send: (items: Item[], number: number) => Promise<Answer[]>
  readonly #limits: { count: number; weight: number }
  #line: Waiting<Item, Answer>[] = []
  #number = 0
  #isSending = false

  constructor(send: (items: Item[], number: number) => Promise<Answer[]>, limits: { count: number; weight: number }) {
    this.#send = send
    this.#limits = limits
  }

  /** @param weight its size, in the unit of the limit */
  call(item: Item, weight: number): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#line.push({ item, weight, resolve, reject })
    if (!this.#isSending) void this.#work()
    return promise
  }

  async #work(): Promise<void> {
    this.#isSending = true
    // those that are made in the same turn go together
    await Promise.resolve()
    while (this.#line.length > 0) await this.#sendBatch(this.#nextBatch())
    this.#isSending = false
  }

  #nextBatch(): Waiting<Item, Answer>[] {
    let weight = 0
    const over = this.#line.findIndex((waiting, i) => {
      weight += waiting.weight
      return i === this.#limits.count || (i > 0 && weight > this.#limits.weight)
    })
    return this.#line.splice(0, over < 0 ? this.#line.length : over)
  }

  async #sendBatch(batch: Waiting<Item, Answer>[]): Promise<void> {
    this.#number++
    try {
      const answers = await this.#send(
        batch.map(({ item }) => item),
        this.#number,
      )
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Answer)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
