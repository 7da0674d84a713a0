import { isEnded, limits, ProblemError } from '@manyhands/contracts'
import { viewJob } from '@manyhands/job-store'
import { type Block, BlockBuilder } from '@manyhands/planning'
import type { Idempotency, Submission, Submitted, Upload } from './api.ts'
import type { JobsContext } from './context.ts'
import { atOriginalIndexes, failedPages } from './failed.ts'
import { openUpload } from './input.ts'
import { noSuchJob } from './look.ts'

/**
 * A new job of the failed items of an ended one, at their original indexes; or the one that the same Idempotency-Key made. They may be many,
 * so they are copied block by block, as an upload of which nothing runs before its end: if this process dies, its lease ends it.
 */
export async function retryJob(context: JobsContext, id: string, idempotency?: Idempotency): Promise<Submitted> {
  const record = await endedRecord(context, id)
  const origin = await failedIndexes(context, id, record.retryOf)
  if (origin.length === 0) throw new ProblemError('invalid-parameter', `job ${id} has no failed items to retry`)
  const upload = await openUpload(context, { ...sameAgain(record), idempotency }, { hold: true, origin, retryOf: id })
  if (upload.replayed) return upload
  try {
    await copyFailed(context, id, origin.length, upload)
    return { job: await upload.end(), replayed: false }
  } catch (error) {
    await upload.abort('the failed items could not be copied').catch(context.onError)
    throw error
  }
}

async function endedRecord(context: JobsContext, id: string): Promise<Record<string, string>> {
  const view = await viewJob(context.store, id)
  if (!view) throw noSuchJob(id)
  if (view.record.kind === 'process') throw new ProblemError('invalid-parameter', `job ${id} is a process: it runs once; start another`)
  if (isEnded(view.record.state ?? '')) return view.record
  throw new ProblemError('job-not-ended', `job ${id} has not ended; its failed items can be retried then`)
}

async function failedIndexes(context: JobsContext, id: string, retryOf: string | undefined): Promise<number[]> {
  const found: number[] = []
  for await (const page of failedPages(context, id)) {
    for (const { index } of await atOriginalIndexes(context, { id, retryOf }, page)) found.push(index)
  }
  return found
}

/** Throws not-found when the job is forgotten meanwhile. */
async function copyFailed(context: JobsContext, id: string, count: number, upload: Upload): Promise<void> {
  let copied = 0
  for await (const block of failedBlocks(context, id)) {
    await upload.append(block)
    copied += block.count
  }
  if (copied < count) throw noSuchJob(id)
}

async function* failedBlocks(context: JobsContext, id: string): AsyncGenerator<Block> {
  const builder = new BlockBuilder(limits.block)
  for await (const page of failedPages(context, id)) {
    for (const line of page.map(({ input }) => Buffer.from(input))) builder.addLine(line, 0, line.length)
    yield* builder.take()
  }
  builder.finish()
  yield* builder.take()
}

/** What was asked of the first job, but for its id and Idempotency-Key. */
function sameAgain(record: Record<string, string>): Submission {
  const number = (name: string) => (record[name] === undefined ? undefined : Number(record[name]))
  const json = (name: string) => (record[name] === undefined ? undefined : JSON.parse(record[name]))
  const maxFailures = record.maxFailures === undefined || record.maxFailures.endsWith('%') ? record.maxFailures : Number(record.maxFailures)
  return {
    kind: record.kind as Submission['kind'],
    pool: record.pool ?? 'default',
    function: record.function ?? '',
    wire: record.wire as Submission['wire'],
    constants: record.constants,
    options: {
      labels: json('labels'),
      attempts: number('attempts'),
      backoff: json('backoff'),
      retryOn: json('retryOn'),
      noRetryOn: json('noRetryOn'),
      timeoutMs: number('timeoutMs'),
      deadlineMs: number('deadlineMs'),
      maxFailures,
      webhook: json('webhook'),
      resultTtlMs: number('resultTtlMs'),
      results: record.results as Submission['options']['results'],
      chunkSize: number('chunkSize'),
    },
  }
}
