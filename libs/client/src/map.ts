import type { Connection } from './connection.ts'
import { textOf } from './encoding.ts'
import { ManyhandsError, RequestError } from './errors.ts'
import { type Batch, type Feed, feedOf } from './feed.ts'
import { Fuse } from './fuse.ts'
import { type MapOptions, optionFields } from './options.ts'
import { Collected, readResult } from './outcome.ts'
import { Results } from './results.ts'
import type { Source } from './signatures.ts'
import { Submission, type Submitted } from './submission.ts'
import type { Task } from './task.ts'
import { FIRST_BATCH, SILENCE_MS, Upload } from './upload.ts'

/** A map or starmap as it is asked for. */
export interface MapCall {
  kind: 'map' | 'starmap'
  name: string
  source: Source<unknown>
  options: MapOptions & { args?: readonly unknown[] | undefined }
  /** Whether the server may hold back the answer to a small map, so that it is the result. */
  held: boolean
  /** Whether an input that fails half-way still has its first half run (imap), or nothing of it (map). */
  partial: boolean
}

export interface MapSetup {
  connection: Connection
  /** The pool's name, as it stands in a path. */
  pool: string
  task: Task<unknown>
  call: MapCall
}

/** The body of a submit but for its items. Throws ValueError. */
export function mapBody(call: MapCall): string {
  const fields = JSON.stringify({ function: call.name, ...optionFields(call.options) })
  const constants = call.options.args ? `,"args":${textOf(call.options.args, 'args')}` : ''
  return fields.slice(0, -1) + constants
}

/** A map or starmap on its way: its submission, and what is still to be sent. */
export class MapRun {
  readonly #setup: MapSetup
  readonly #feed: Feed
  /** Resolves when the input is with the server, or no more of it is wanted. */
  upload: Promise<void> = Promise.resolve()
  #sending: Fuse | undefined

  constructor(setup: MapSetup) {
    this.#setup = setup
    this.#feed = feedOf(setup.call.source)
    setup.task.signal.addEventListener('abort', () => this.#feed.stop(), { once: true })
  }

  /** Why the input ended early, if it did. */
  get failure(): { error: unknown } | undefined {
    return this.#feed.failure
  }

  /**
   * Submits: input that is at hand and small in one request, all or nothing; the rest as an open map, which runs while it is
   * still being sent.
   */
  async start(): Promise<Submitted> {
    const first = await this.#feed.take(FIRST_BATCH, SILENCE_MS)
    this.#refuseFailure()
    const isSmall = first.ended && first.bytes.length <= FIRST_BATCH
    return (isSmall ? await this.#submitWhole(first) : undefined) ?? (await this.#submitOpen(first))
  }

  /** No more input is wanted. */
  stop(): void {
    this.#feed.stop()
    this.#sending?.abort(unwanted)
    this.#sending?.release()
  }

  /** Undefined when the server takes only smaller bodies: then the items go by append. */
  async #submitWhole(batch: Batch): Promise<Submitted | undefined> {
    const { task, call } = this.#setup
    try {
      return await task.submit(this.#submission(`,"items":[${listOf(batch)}]`), call.held)
    } catch (error) {
      if (error instanceof RequestError && error.code === 'body-too-large') return undefined
      throw error
    }
  }

  async #submitOpen(first: Batch): Promise<Submitted> {
    const { connection, task } = this.#setup
    const length = this.#feed.length === undefined ? '' : `,"length":${this.#feed.length}`
    const submitted = await task.submit(this.#submission(`,"open":true${length}`), false)
    this.#sending = new Fuse(task.signal)
    this.upload = this.#send(new Upload(connection, submitted.id, this.#feed, this.#sending.signal), first)
    return submitted
  }

  async #send(upload: Upload, first: Batch): Promise<void> {
    try {
      await upload.run(first)
      this.#refuseFailure()
      await upload.close()
    } catch (error) {
      if (error !== unwanted) throw error
    }
  }

  #submission(rest: string): Submission {
    const { connection, pool, call } = this.#setup
    return new Submission(connection, `/v1/pools/${pool}/${call.kind}`, `${mapBody(call)}${rest}}`)
  }

  #refuseFailure(): void {
    if (this.failure && !this.#setup.call.partial) throw this.failure.error
  }
}

const unwanted = new ManyhandsError('no more input is wanted', 'cancelled')
const utf8 = new TextDecoder()

function listOf(batch: Batch): string {
  return utf8.decode(batch.bytes).trimEnd().replaceAll('\n', ',')
}

/** All results of a map, in the order of its items. Rejects with the failure of the lowest index, once every item has run. */
export async function runMap(setup: MapSetup): Promise<unknown[]> {
  const { connection, task } = setup
  const run = new MapRun(setup)
  const { id, result } = await run.start()
  if (result !== undefined) return readResult(result, connection.sharing).list(id)
  const reading = collect(new Results(connection, id, 'completion', task.signal), id)
  const [collected] = await Promise.all([reading.finally(() => run.stop()), run.upload])
  task.over()
  return collected.list()
}

async function collect(results: Results, id: string): Promise<Collected> {
  const collected = new Collected(id)
  const values = results.values()
  for (;;) {
    const next = await values.next()
    if (next.done) return collected.end(next.value)
    collected.add(next.value)
  }
}
