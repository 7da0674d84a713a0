import { encode } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { ManyhandsError, RequestError } from './errors.ts'
import { type Batch, type Feed, feedOf } from './feed.ts'
import { Fuse } from './fuse.ts'
import { type MapOptions, optionFields } from './options.ts'
import { Collected, readResult, type WholeResult } from './outcome.ts'
import { Results } from './results.ts'
import type { Source } from './signatures.ts'
import { Submission } from './submission.ts'
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

/** A map that is on its way. */
export interface StartedMap {
  id: string
  /** All of it, when it was small and quick. */
  result: WholeResult | undefined
  /** Resolves when the input is with the server. */
  upload: Promise<void>
  /** Why the input ended early, once it did. */
  failure(): { error: unknown } | undefined
  /** No more input is wanted. */
  stop(): void
}

/** The body of a submit but for its items. Throws ValueError. */
export function mapBody(call: MapCall): string {
  const fields = JSON.stringify({ function: call.name, ...optionFields(call.options) })
  const constants = call.options.args ? `,"args":${encode(call.options.args, 'tagged')}` : ''
  return fields.slice(0, -1) + constants
}

/**
 * Submits: input that is at hand and small in one request, all or nothing; the rest as an open map, which runs while it is
 * still being sent.
 */
export async function startMap<T>(connection: Connection, pool: string, task: Task<T>, call: MapCall): Promise<StartedMap> {
  const body = mapBody(call)
  const feed = feedOf(call.source)
  task.signal.addEventListener('abort', () => feed.stop(), { once: true })
  const first = await feed.take(FIRST_BATCH, SILENCE_MS)
  if (!call.partial) throwFailure(feed)
  const path = `/v1/pools/${pool}/${call.kind}`
  const submit = (rest: string): Submission => new Submission(connection, path, body + rest + '}')
  if (first.ended && first.bytes.length <= FIRST_BATCH) {
    const started = await startWhole(submit(`,"items":[${listOf(first)}]`), task, feed, call)
    if (started) return started
  }
  const length = feed.length === undefined ? '' : `,"length":${feed.length}`
  return startOpen(connection, submit(`,"open":true${length}`), task, feed, first, call)
}

/** Undefined when the server takes only smaller bodies: then the items go by append. */
async function startWhole<T>(submission: Submission, task: Task<T>, feed: Feed, call: MapCall): Promise<StartedMap | undefined> {
  try {
    const { id, result } = await task.submit(submission, call.held)
    const whole = result === undefined ? undefined : readResult(result)
    return { id, result: whole, upload: Promise.resolve(), failure: () => feed.failure, stop: () => undefined }
  } catch (error) {
    if (error instanceof RequestError && error.code === 'body-too-large') return undefined
    throw error
  }
}

async function startOpen<T>(
  connection: Connection,
  submission: Submission,
  task: Task<T>,
  feed: Feed,
  first: Batch,
  call: MapCall,
): Promise<StartedMap> {
  const { id } = await task.submit(submission, false)
  const fuse = new Fuse(task.signal)
  const upload = send(new Upload(connection, id, feed, fuse.signal), feed, first, call)
  const stop = (): void => {
    feed.stop()
    fuse.abort(unwanted)
    fuse.release()
  }
  return { id, result: undefined, upload, failure: () => feed.failure, stop }
}

const unwanted = new ManyhandsError('no more input is wanted', 'cancelled')

async function send(upload: Upload, feed: Feed, first: Batch, call: MapCall): Promise<void> {
  try {
    await upload.run(first)
    if (!call.partial) throwFailure(feed)
    await upload.close()
  } catch (error) {
    if (error !== unwanted) throw error
  }
}

function throwFailure(feed: Feed): void {
  if (feed.failure) throw feed.failure.error
}

const utf8 = new TextDecoder()

function listOf(batch: Batch): string {
  return utf8.decode(batch.bytes).trimEnd().replaceAll('\n', ',')
}

/** All results of a map, in the order of its items. Rejects with the failure of the lowest index, once every item has run. */
export async function runMap(connection: Connection, pool: string, task: Task<unknown[]>, call: MapCall): Promise<unknown[]> {
  const map = await startMap(connection, pool, task, call)
  if (map.result) return map.result.list(map.id)
  const reading = collect(new Results(connection, map.id, 'completion', task.signal), map)
  const [collected] = await Promise.all([reading, map.upload])
  task.over()
  return collected.list()
}

async function collect(results: Results, map: StartedMap): Promise<Collected> {
  const collected = new Collected(map.id)
  const values = results.values()
  for (;;) {
    const next = await values.next()
    if (!next.done) collected.add(next.value)
    else {
      map.stop()
      return collected.end(next.value)
    }
  }
}
