import { inspect } from 'node:util'
import type { Hands, ProcessInfo, Task, TaskLog, TaskSource } from '@manyhands/functions'
import { indexAt } from '../item-runs.ts'
import type { RunMessage } from '../messages.ts'

/** What is the same for all items of a run. */
export interface Surroundings {
  signal: () => AbortSignal
  process: ProcessInfo
  progress: (index: number, value: unknown) => void
  hands: (index: number) => Hands
  /** The wait of an item of this index; one that has ended waits for itself. */
  whileWaiting: <T>(index: number, promise: Promise<T>) => Promise<T>
}

/** What functions see of the items of one burst: `currentTask()` asks it, and what leaks out of a function is traced by it. */
export class BurstSource implements TaskSource {
  readonly message: RunMessage
  readonly #surroundings: Surroundings
  /** First item of the burst. */
  readonly first: number
  /** The item that runs now, or ran last. */
  position: number
  #task: Task | undefined

  constructor(message: RunMessage, first: number, surroundings: Surroundings) {
    this.message = message
    this.first = first
    this.position = first
    this.#surroundings = surroundings
  }

  get index(): number {
    return indexAt(this.message.runs, this.position)
  }

  /** By which claim the item runs; undefined where nobody said. */
  get claim(): { job: string; chunk: string; attempt: number } | undefined {
    const { job, claim } = this.message
    return claim && { job, ...claim }
  }

  whileWaiting<T>(promise: Promise<T>): Promise<T> {
    return this.#surroundings.whileWaiting(this.index, promise)
  }

  get label(): string {
    return `${this.message.function}[${this.index}]`
  }

  task(): Task {
    const { index } = this
    if (this.#task?.index !== index) this.#task = taskOf(this.message, index, this.#surroundings)
    return this.#task
  }
}

function taskOf({ job, at }: RunMessage, index: number, { signal, process: own, progress, hands }: Surroundings): Task {
  let mine: Hands | undefined
  return {
    id: job,
    index,
    attempt: at.attempt,
    process: own,
    // made when it is asked for: most functions never do
    get signal() {
      return signal()
    },
    get hands() {
      mine ??= hands(index)
      return mine
    },
    log,
    progress: (value) => progress(index, value),
  }
}

const write = (stream: NodeJS.WriteStream, message: string, fields: Record<string, unknown> | undefined) => {
  stream.write(`${message}${fields ? ` ${textOf(fields)}` : ''}\n`)
}

/** Logging never fails an item: what JSON cannot hold is written as Node shows it. */
function textOf(fields: Record<string, unknown>): string {
  try {
    return JSON.stringify(fields)
  } catch {
    return inspect(fields, { breakLength: Number.POSITIVE_INFINITY })
  }
}

const log: TaskLog = {
  debug: (message, fields) => write(process.stdout, message, fields),
  info: (message, fields) => write(process.stdout, message, fields),
  warn: (message, fields) => write(process.stderr, message, fields),
  error: (message, fields) => write(process.stderr, message, fields),
}
