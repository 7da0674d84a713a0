/**
 * Questions that are asked in one turn of the event loop, sent as one: under load they share a round trip, and one alone waits for nothing.
 */
export class Gathering<Question, Answer> {
  readonly #send: (questions: Question[]) => Promise<Answer[]>
  readonly #most: number
  #asked: Asked<Question, Answer>[] = []

  /**
   * @param send answers in the order of the questions; a rejection is everybody's
   * @param most questions that are sent together
   */
  constructor(send: (questions: Question[]) => Promise<Answer[]>, most: number) {
    this.#send = send
    this.#most = most
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ question, resolve, reject })
      if (this.#asked.length === 1) setImmediate(() => this.#flush())
      if (this.#asked.length === this.#most) this.#flush()
    })
  }

  #flush(): void {
    const asked = this.#asked
    if (asked.length === 0) return
    this.#asked = []
    this.#send(asked.map(({ question }) => question)).then(
      (answers) => {
        for (const [i, { resolve }] of asked.entries()) resolve(answers[i] as Answer)
      },
      (error: Error) => {
        for (const { reject } of asked) reject(error)
      },
    )
  }
}

interface Asked<Question, Answer> {
  question: Question
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}
