import type { Connection } from './connection.ts'
import { eventsOf } from './event-stream.ts'
import type { Session } from './session.ts'

/** So many applies wait with an exchange each, whose answer is their result; beyond them one stream tells all the ends. */
const CROWD = 64

/** The wait of one apply. */
export interface Place {
  /** The session that is to be told of the job's end, or undefined: the apply waits by itself. */
  session(): Promise<string | undefined>
  /**
   * Resolves when the job has ended, with its result if that came along, or when the stream tells no more: asking is in order then. Rejects
   * with the signal's reason.
   * @param session that is told of it
   */
  ended(job: string, session: string, signal: AbortSignal): Promise<string | undefined>
  /** The wait is over. */
  leave(): void
}

interface Stream {
  session: string
  abort: AbortController
}

/**
 * The ends of many applies by one stream of events, that of the program's session. The stream is a hint: whoever is released looks at the job,
 * and waits by itself if it has not ended. A cut stream goes on where it was; one that cannot releases everybody.
 */
export class Completions {
  readonly #connection: Connection
  readonly #session: Session
  readonly #waits = new Map<string, (result: string | undefined) => void>()
  /** Told before the answer to its submission came. */
  readonly #early = new Map<string, string | undefined>()
  #inFlight = 0
  #stream: Stream | undefined
  #last: { session: string; id: string | undefined } | undefined

  constructor(connection: Connection, session: Session) {
    this.#connection = connection
    this.#session = session
  }

  enter(): Place {
    this.#inFlight++
    return {
      session: () => this.#followed(),
      ended: (job, session, signal) => this.#ended(job, session, signal),
      leave: () => this.#leave(),
    }
  }

  async #followed(): Promise<string | undefined> {
    if (this.#inFlight <= CROWD) return undefined
    // a server that keeps no sessions is asked job by job
    const session = await this.#session.id().catch(() => undefined)
    if (session !== undefined && this.#stream?.session !== session) this.#open(session)
    return session
  }

  async #ended(job: string, session: string, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted()
    const early = this.#early.get(job)
    if (this.#early.delete(job) || this.#stream?.session !== session) return early
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
    const stop = () => reject(signal.reason)
    this.#waits.set(job, resolve)
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await this.#connection.whileWaiting(promise)
    } finally {
      this.#waits.delete(job)
      signal.removeEventListener('abort', stop)
    }
  }

  #open(session: string): void {
    this.#stream?.abort.abort()
    this.#release()
    const stream = { session, abort: new AbortController() }
    this.#stream = stream
    this.#follow(stream)
      .catch(() => undefined)
      .finally(() => this.#close(stream))
  }

  async #follow({ session, abort }: Stream): Promise<void> {
    const from = this.#last?.session === session ? this.#last.id : undefined
    for await (const { type, data, id } of eventsOf(this.#connection, `/v1/sessions/${session}/events`, abort.signal, from)) {
      this.#last = { session, id: id ?? from }
      if (type === 'session.ended') return
      if (type === 'session.gap') this.#release()
      if (type === 'job.ended') this.#tell(data)
    }
  }

  #tell(data: string): void {
    const { job } = JSON.parse(data) as { job: string }
    const result = resultIn(data)
    const wait = this.#waits.get(job)
    if (wait) wait(result)
    else this.#early.set(job, result)
  }

  #release(): void {
    for (const wait of this.#waits.values()) wait(undefined)
    this.#waits.clear()
  }

  #close(stream: Stream): void {
    if (this.#stream !== stream) return
    this.#stream = undefined
    this.#release()
  }

  /** Nobody waits: nothing is held open. */
  #leave(): void {
    this.#inFlight--
    if (this.#inFlight > 0) return
    this.#early.clear()
    this.#stream?.abort.abort()
    this.#stream = undefined
  }
}

/** The body that `/result` would answer, of the value that stands last in an event: as text, since its numbers are read only once. */
function resultIn(data: string): string | undefined {
  const at = data.indexOf(',"value":')
  return at < 0 ? undefined : `{${data.slice(at + 1)}`
}
