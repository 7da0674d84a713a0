import { randomUUID } from 'node:crypto'
import { type Job, ProblemError, type Wire } from '@manyhands/contracts'
import { type JobView, originOf, type ReadReply, readParts, releaseReader, type StoredPart, viewJob } from '@manyhands/job-store'
import type { Run } from '@manyhands/planning'
import type { ResultEvent, ResultPart, ResultQuery } from './api.ts'
import { dispatch, type JobsContext } from './context.ts'
import { isEnded, toJob } from './job-record.ts'
import { getJob, noSuchJob } from './look.ts'
import { type Watch, watchJob } from './waiting.ts'

/** Bytes of parts that one read answers, about. */
const readBytes = 1 << 20
/** Without news a reader hears `idle` and looks again, in milliseconds. */
const idleMs = 10_000
const readerLeaseMs = 15_000

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
    const [view, first] = await Promise.all([viewJob(context.store, id), readOnce(context, id, query, reader, query.after)])
    if (!view) throw noSuchJob(id)
    const origin = view.record.retryOf === undefined ? undefined : await originOf(context.store, id)
    return { wire: view.record.wire as Wire, events: follow(context, id, query, { reader, first, view, origin, watch }) }
  } catch (error) {
    watch.done()
    throw error
  }
}

interface Following {
  reader: string
  first: Parts
  view: JobView
  origin: Float64Array | undefined
  watch: Watch
}

async function* follow(
  context: JobsContext,
  id: string,
  query: ResultQuery,
  { reader, first, view, origin, watch }: Following,
): AsyncGenerator<ResultEvent> {
  let position = query.after
  let page = first
  try {
    while (!query.signal.aborted) {
      for (const part of page.parts) yield { type: 'part', part: withOrigin(trimmed(part, position), origin) }
      position = page.parts.reduce((_, part) => part.position + part.to - part.from, position)
      if (page.complete) return yield { type: 'end', job: await endedJob(context, view) }
      if (page.parts.length === 0 && (await quiet(watch))) yield { type: 'idle' }
      page = await readOnce(context, id, query, reader, position)
    }
  } finally {
    watch.done()
    if (view.record.results === 'once') await releaseReader(context.store, id, reader)
  }
}

/** A job that had ended before has not changed since. */
async function endedJob(context: JobsContext, view: JobView): Promise<Job> {
  return isEnded(view.record.state ?? '') ? toJob(view) : getJob(context, view.id)
}

/** Waits for news. True when there were none. */
async function quiet(watch: Watch): Promise<boolean> {
  const start = performance.now()
  await watch.news(idleMs)
  return performance.now() - start >= idleMs
}

async function readOnce(context: JobsContext, id: string, query: ResultQuery, reader: string, after: number): Promise<Parts> {
  const reply = await readParts(context.store, id, { order: query.order, after, maxBytes: readBytes, reader, leaseMs: readerLeaseMs })
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

/** Of a retry: results stand at the index of the original item. */
function withOrigin(part: ResultPart, origin: Float64Array | undefined): ResultPart {
  if (!origin) return part
  const indexes = part.runs.flatMap(([from, to]) => [...origin.subarray(from, to)])
  return { ...part, runs: indexes.map((index): Run => [index, index + 1]) }
}
