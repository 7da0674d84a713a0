import { randomUUID } from 'node:crypto'
import { isEnded, type Job, ProblemError, type Wire } from '@manyhands/contracts'
import {
  type JobView,
  originOf,
  positionOf,
  type ReadReply,
  readParts,
  releaseReader,
  renewReader,
  type StoredPart,
  viewJob,
} from '@manyhands/job-store'
import type { Run } from '@manyhands/planning'
import type { ResultEvent, ResultPart, ResultQuery } from './api.ts'
import { dispatch, type JobsContext } from './context.ts'
import { getJob, jobOf, noSuchJob } from './look.ts'
import { notRunParts } from './not-run.ts'
import { type Watch, watchJob } from './waiting.ts'

/** Bytes of parts that one read answers, about. */
const readBytes = 1 << 20
/** Without news a reader hears `idle` and looks again, in milliseconds. */
const idleMs = 10_000

type Parts = Extract<ReadReply, { type: 'parts' }>

/** Results as they stand, live while the job runs. */
export async function results(
  context: JobsContext,
  id: string,
  query: ResultQuery,
): Promise<{ wire: Wire; events: AsyncIterable<ResultEvent> }> {
  const reader = randomUUID()
  // registered before the first read: what comes in between is not missed
  const watch = watchJob(context, id, { endOnly: false, signal: query.signal })
  try {
    const start = await startOf(context, id, query)
    const [view, first] = await Promise.all([viewJob(context.store, id), readOnce(context, id, query, reader, start)])
    if (!view) throw noSuchJob(id)
    const origin = view.record.retryOf === undefined ? undefined : await originOf(context.store, id)
    return { wire: view.record.wire as Wire, events: follow(context, id, query, { reader, start, first, view, origin, watch }) }
  } catch (error) {
    watch.done()
    throw error
  }
}

/** Where the first read begins. */
async function startOf({ store }: JobsContext, id: string, { order, after }: ResultQuery): Promise<number> {
  return order === 'completion' || after === 0 ? after : positionOf(store, id, after)
}

interface Following {
  reader: string
  /** Where the reader stands before the first page. */
  start: number
  first: Parts
  view: JobView
  origin: Float64Array | undefined
  watch: Watch
}

async function* follow(context: JobsContext, id: string, query: ResultQuery, following: Following): AsyncGenerator<ResultEvent> {
  const { reader, view, origin, watch } = following
  const letGo = keepLease(context, view, reader)
  let [position, page] = [following.start, following.first]
  try {
    while (!query.signal.aborted) {
      for (const part of partsOf(page, position, query)) yield eventOf(part, origin)
      position = endOf(page, position)
      if (page.complete) return yield* lastEvents(context, query, following, position)
      if (page.parts.length === 0 && (await quiet(watch))) yield { type: 'idle' }
      page = await readOnce(context, id, query, reader, position)
    }
  } finally {
    watch.done()
    await letGo()
  }
}

/** Items behind the last part that never ran, and the end. */
async function* lastEvents(context: JobsContext, query: ResultQuery, following: Following, position: number): AsyncGenerator<ResultEvent> {
  const job = await endedJob(context, following.view)
  for (const part of gapParts(position, job.items.total ?? position, query)) yield eventOf(part, following.origin)
  yield { type: 'end', job }
}

/**
 * The reader of a results=once job stays its reader while its connection lives, also when it takes nothing for long. Returns what lets
 * another one in.
 */
function keepLease({ store, limits, onError }: JobsContext, { id, record }: JobView, reader: string): () => Promise<void> {
  if (record.results !== 'once') return () => Promise.resolve()
  const timer = setInterval(() => renewReader(store, id, reader, limits.readerMs).catch(onError), limits.readerMs / 3)
  return () => {
    clearInterval(timer)
    return releaseReader(store, id, reader)
  }
}

/** What of a page the reader has not yet. */
function* partsOf({ parts }: Parts, position: number, query: ResultQuery): Generator<ResultPart> {
  let at = position
  for (const part of parts) {
    yield* gapParts(at, part.position, query)
    yield trimmed(part, at)
    at = part.position + part.to - part.from
  }
}

/** Items that never ran, for whom they are to stand among the failed ones. */
const gapParts = (from: number, to: number, { notRun }: ResultQuery) => (notRun ? notRunParts(from, to) : [])

/** Where the reader stands behind a page. */
const endOf = ({ parts }: Parts, position: number): number => parts.reduce((_, part) => part.position + part.to - part.from, position)

/** Of a retry: results stand at the index of the original item. */
function eventOf(part: ResultPart, origin: Float64Array | undefined): ResultEvent {
  return { type: 'part', part: origin ? withOrigin(part, origin) : part }
}

/** A job that had ended before has not changed since. */
async function endedJob(context: JobsContext, view: JobView): Promise<Job> {
  return isEnded(view.record.state ?? '') ? jobOf(context, view) : getJob(context, view.id)
}

/** Waits for news. True when there were none. */
async function quiet(watch: Watch): Promise<boolean> {
  const start = performance.now()
  await watch.news(idleMs)
  return performance.now() - start >= idleMs
}

async function readOnce(context: JobsContext, id: string, query: ResultQuery, reader: string, after: number): Promise<Parts> {
  const { readerMs: leaseMs } = context.limits
  const reply = await readParts(context.store, id, { order: query.order, after, maxBytes: readBytes, reader, leaseMs })
  switch (reply.type) {
    case 'parts':
      dispatch(context, reply.tasks)
      return reply
    case 'gone':
      throw noSuchJob(id)
    case 'discarded':
      throw new ProblemError(
        'results-discarded',
        `job ${id} was submitted with results=discard; its counts and errors are in GET /v1/jobs/${id}`,
      )
    case 'reader':
      throw new ProblemError('reader-exists', 'a job with results=once has one reader at a time', { retryAfter: 1 })
    case 'consumed':
      throw new ProblemError(
        'results-consumed',
        `the first ${reply.first} results were read and freed; meant is after=${reply.first} or more`,
        {
          extra: { first: reply.first },
        },
      )
  }
}

/** The lines of a part that the reader has not yet. */
export function trimmed(stored: StoredPart, position: number): ResultPart {
  const headerEnd = stored.bytes.indexOf(10)
  const header = JSON.parse(stored.bytes.subarray(0, headerEnd).toString()) as { failed: number[] }
  const skip = Math.max(0, position - stored.position)
  const lines = withoutLines(stored.bytes.subarray(headerEnd + 1), skip)
  const failed = skip === 0 ? header.failed : header.failed.filter((line) => line >= skip).map((line) => line - skip)
  return { runs: [[stored.from + skip, stored.to]], failed, lines }
}

function withoutLines(lines: Buffer, skip: number): Buffer {
  let at = 0
  for (let i = 0; i < skip; i++) at = lines.indexOf(10, at) + 1
  return lines.subarray(at)
}

function withOrigin(part: ResultPart, origin: Float64Array): ResultPart {
  const indexes = part.runs.flatMap(([from, to]) => [...origin.subarray(from, to)])
  return { ...part, runs: indexes.map((index): Run => [index, index + 1]) }
}
