/** One call of a history. Times are by one clock of the test. */
export interface Operation<Input, Output> {
  input: Input
  /** Absent: no answer came. It may have been done at any time after its start, or never. */
  output?: Output
  start: number
  /** Infinity without an answer. */
  end: number
}

/** What the object would be if calls came one at a time. States are never changed. */
export interface Model<State, Input, Output> {
  initial: State
  /** The state after a call, or undefined when that output cannot be; an output of undefined = any. */
  step(state: State, input: Input, output: Output | undefined): State | undefined
  /** The same for equal states. */
  key(state: State): string
}

/** A call's beginning or end, in a list from which calls are lifted out and put back. */
interface Entry<I, O> {
  operation: Operation<I, O>
  number: number
  /** Of a beginning: where it ends. */
  match: Entry<I, O> | undefined
  before: Entry<I, O> | undefined
  after: Entry<I, O> | undefined
}

/**
 * Whether some order of the calls, each between its start and its end, explains all answers (Herlihy & Wing 1990). The search of Wing & Gong
 * 1993, with Lowe's memory of what was tried (2017): one set of calls that leads to one state is followed once.
 */
export function isLinearizable<S, I, O>(history: readonly Operation<I, O>[], model: Model<S, I, O>): boolean {
  return new Search(history, model).succeeds()
}

class Search<S, I, O> {
  readonly #model: Model<S, I, O>
  readonly #head: Entry<I, O>
  readonly #tried = new Set<string>()
  /** The order so far, and the state before each. */
  readonly #order: { entry: Entry<I, O>; state: S }[] = []
  /** Calls of the order, a bit each. */
  #taken = 0n
  #state: S
  /** Calls with an answer that stand in no order yet. */
  #left: number

  constructor(history: readonly Operation<I, O>[], model: Model<S, I, O>) {
    this.#model = model
    this.#head = entriesOf(history)
    this.#state = model.initial
    this.#left = history.filter(isAnswered).length
  }

  succeeds(): boolean {
    let entry = this.#head.after
    while (this.#left > 0) {
      // a call has ended that the order so far has not taken in: the last choice was wrong
      if (!entry?.match) {
        const last = this.#order.pop()
        if (!last) return false
        this.#undo(last)
        entry = last.entry.after
      } else entry = this.#takes(entry) ? this.#head.after : entry.after
    }
    return true
  }

  /** Whether the call can be the next one, and that has not been tried. */
  #takes(entry: Entry<I, O>): boolean {
    const { operation, number } = entry
    const next = this.#model.step(this.#state, operation.input, operation.output)
    if (next === undefined) return false
    const taken = this.#taken | (1n << BigInt(number))
    const key = `${taken.toString(36)} ${this.#model.key(next)}`
    if (this.#tried.has(key)) return false
    this.#tried.add(key)
    this.#order.push({ entry, state: this.#state })
    this.#taken = taken
    this.#state = next
    if (isAnswered(operation)) this.#left--
    lift(entry)
    return true
  }

  #undo({ entry, state }: { entry: Entry<I, O>; state: S }): void {
    this.#state = state
    this.#taken &= ~(1n << BigInt(entry.number))
    if (isAnswered(entry.operation)) this.#left++
    putBack(entry)
  }
}

const isAnswered = ({ end }: Operation<unknown, unknown>): boolean => end !== Number.POSITIVE_INFINITY

/** Objects are linearizable if each is: so the calls on each key of a dict are looked at alone. */
export function byKey<I, O>(history: readonly Operation<I, O>[], keyOf: (input: I) => string): Operation<I, O>[][] {
  return [...Map.groupBy(history, ({ input }) => keyOf(input)).values()]
}

/** The beginnings and ends of all calls by time, behind a head of its own. */
function entriesOf<I, O>(history: readonly Operation<I, O>[]): Entry<I, O> {
  const times = history.flatMap((operation, number) => {
    const ends: Entry<I, O> = { operation, number, match: undefined, before: undefined, after: undefined }
    const begins: Entry<I, O> = { ...ends, match: ends }
    return [
      { at: operation.start, entry: begins },
      { at: operation.end, entry: ends },
    ]
  })
  times.sort((a, b) => a.at - b.at || Number(b.entry.match !== undefined) - Number(a.entry.match !== undefined))
  const head = { before: undefined, after: undefined } as Entry<I, O>
  let last = head
  for (const { entry } of times) {
    entry.before = last
    last.after = entry
    last = entry
  }
  return head
}

function lift<I, O>(entry: Entry<I, O>): void {
  for (const one of [entry, entry.match]) {
    if (one?.before) one.before.after = one.after
    if (one?.after) one.after.before = one.before
  }
}

/** In the opposite order. */
function putBack<I, O>(entry: Entry<I, O>): void {
  for (const one of [entry.match, entry]) {
    if (one?.before) one.before.after = one
    if (one?.after) one.after.before = one
  }
}
