import { type ErrorCode, type ItemError, type Job, ProblemError } from '@manyhands/contracts'
import { type AppendReply, appendBlocks, closeInput, endEarly, viewJob } from '@manyhands/job-store'
import { type Block, blockOfLines } from '@manyhands/planning'
import type { Submission, Submitted, Upload } from './api.ts'
import { dispatch, type JobsContext } from './context.ts'
import { engineError } from './job-record.ts'
import { getJob, noSuchJob } from './look.ts'
import { refuseWhenFull } from './room.ts'
import { type InputPlan, openOne } from './submit.ts'
import { type Watch, watchJob } from './waiting.ts'

/** A full window is looked at again after this long without news, in milliseconds. */
const windowLookMs = 500
/** A caller's append that finds the window full is answered after this long, so that its client knows, in milliseconds. */
const appendPatienceMs = 10_000

/** Opens a map that takes its items by append. */
export function openMap(context: JobsContext, submission: Submission): Promise<Submitted> {
  return openOne(context, { ...submission, open: true }, { blocks: [], ended: false, hold: false, loaderMs: context.limits.loaderMs })
}

export type UploadOptions = Pick<InputPlan, 'hold' | 'origin' | 'retryOf'>

/** Opens a streamed upload; its lease is renewed until it ends. */
export async function openUpload(context: JobsContext, submission: Submission, options: UploadOptions): Promise<Upload> {
  const { uploadMs } = context.limits
  const opened = await openOne(context, submission, { ...options, blocks: [], ended: false, loaderMs: uploadMs })
  if (opened.replayed) return replayedUpload(opened)
  const { id } = opened.job
  const append = (blocks: Block[]) => storeAll(context, id, blocks, options.hold)
  const lease = keepLease(() => append([]), uploadMs / 3, context.onError)
  return {
    ...opened,
    refused: lease.refused,
    append: (block) => append([block]),
    end() {
      lease.letGo()
      return closeMap(context, id)
    },
    async abort(reason) {
      lease.letGo()
      await abortInput(context, id, reason, submission.idempotency?.key)
    },
  }
}

/** An empty append renews the lease while the sender is slow; it also hears that the job takes no more: `refused` fires then. */
function keepLease(renew: () => Promise<void>, everyMs: number, onError: (error: Error) => void) {
  const refusal = new AbortController()
  const letGo = () => clearInterval(timer)
  const onFailure = (error: Error) => {
    if (!(error instanceof ProblemError)) return onError(error)
    letGo()
    refusal.abort(error)
  }
  const timer = setInterval(() => renew().catch(onFailure), everyMs)
  return { refused: refusal.signal, letGo }
}

/** The upload of a request that was sent again: what it brings is there already. */
function replayedUpload(opened: Submitted): Upload {
  const nothing = () => Promise.resolve()
  return { ...opened, refused: new AbortController().signal, append: nothing, end: async () => opened.job, abort: nothing }
}

/** Appends to an open map. What it has already is skipped by count. */
export async function appendItems(
  context: JobsContext,
  id: string,
  offset: number,
  blocks: AsyncIterable<Block>,
): Promise<{ total: number; accepted: number }> {
  const watch = watchJob(context, id, { endOnly: false })
  const deadline = performance.now() + appendPatienceMs
  let position = offset
  try {
    // an append without lines renews the lease too
    storedOrThrow(context, id, await appendBlocks(context.store, id, [], { offset: -1, loaderMs: context.limits.loaderMs, window: 0 }))
    for await (const block of blocks) {
      const stored = await storePatiently(context, id, block, position, watch, deadline)
      position += stored
      if (stored < block.count) break
    }
    return { total: await totalOf(context, id, position), accepted: position - offset }
  } finally {
    watch.done()
  }
}

/** Stores a block that begins at `position`. Returns how many of its items are stored now: all, or none when the window stays full. */
async function storePatiently(
  context: JobsContext,
  id: string,
  block: Block,
  position: number,
  watch: Watch,
  deadline: number,
): Promise<number> {
  let rest: Block | undefined = block
  while (rest) {
    const at: number = position + block.count - rest.count
    const reply = await storeOne(context, id, rest, at)
    if (reply.type === 'offset') rest = behind(rest, at, reply.total)
    else if (reply.stored === 1) rest = undefined
    else if (performance.now() > deadline) return block.count - rest.count
    else await watch.news(windowLookMs)
  }
  return block.count
}

/** What of a block that begins at `at` is not stored when `total` items are. Undefined: nothing. Throws offset-mismatch for a gap. */
function behind(block: Block, at: number, total: number): Block | undefined {
  if (total < at) throw new ProblemError('offset-mismatch', `the job has ${total} items; meant is offset=${total}`, { extra: { total } })
  return total >= at + block.count ? undefined : withoutLines(block, total - at)
}

async function totalOf(context: JobsContext, id: string, position: number): Promise<number> {
  const view = await viewJob(context.store, id)
  return Math.max(position, Number(view?.record.total ?? 0))
}

/** The block without its first lines. */
function withoutLines(block: Block, count: number): Block {
  const lines: Buffer[] = []
  for (let at = 0; at < block.text.length; ) {
    const end = block.text.indexOf(10, at)
    lines.push(block.text.subarray(at, end))
    at = end + 1
  }
  return blockOfLines(lines.slice(count))
}

/** The input of a job has ended. */
export async function closeMap(context: JobsContext, id: string): Promise<Job> {
  const tasks = await closeInput(context.store, id)
  if (!tasks) throw noSuchJob(id)
  dispatch(context, tasks)
  return getJob(context, id)
}

/** The input stopped before its end: unread input is freed, the job cancelled, its Idempotency-Key free again. */
export async function abortInput(context: JobsContext, id: string, reason: string, idempotencyKey?: string): Promise<void> {
  const tasks = await endEarly(context.store, id, { state: 'cancelled', error: engineError('input-aborted', reason), idempotencyKey })
  dispatch(context, tasks ?? [])
}

async function storeAll(context: JobsContext, id: string, blocks: Block[], hold: boolean): Promise<void> {
  const watch = watchJob(context, id, { endOnly: false })
  // nothing of a held job runs, so its window would never open
  const window = hold ? Number.MAX_SAFE_INTEGER : context.limits.inputWindow
  try {
    while (true) {
      if (blocks.length > 0) await refuseWhenFull(context)
      const reply = await appendBlocks(context.store, id, blocks, { offset: -1, loaderMs: context.limits.uploadMs, window })
      const answer = storedOrThrow(context, id, reply)
      if (answer.type === 'stored' && answer.stored === blocks.length) return
      await watch.news(windowLookMs)
    }
  } finally {
    watch.done()
  }
}

type Stored = Extract<AppendReply, { type: 'stored' | 'offset' }>

async function storeOne(context: JobsContext, id: string, block: Block, offset: number): Promise<Stored> {
  const { loaderMs, inputWindow } = context.limits
  await refuseWhenFull(context)
  return storedOrThrow(context, id, await appendBlocks(context.store, id, [block], { offset, loaderMs, window: inputWindow }))
}

function storedOrThrow(context: JobsContext, id: string, reply: AppendReply): Stored {
  switch (reply.type) {
    case 'gone':
      throw noSuchJob(id)
    case 'offset':
      return reply
    case 'not-open':
      throw notOpen(id, reply)
    case 'stored':
      refuseTooLong(context, reply.total)
      dispatch(context, reply.tasks)
      return reply
  }
}

function refuseTooLong(context: JobsContext, total: number): void {
  if (total > context.limits.items)
    throw new ProblemError('too-many-items', `the map has ${total} items; the limit is ${context.limits.items}`)
}

function notOpen(id: string, reply: { state: string; total: number; error: string }): ProblemError {
  const error = reply.error === '' ? undefined : (JSON.parse(reply.error) as ItemError)
  const why = error ? `: ${error.code}, ${error.message}` : ''
  const code: ErrorCode = 'not-open'
  return new ProblemError(code, `job ${id} takes no more items, it is ${reply.state}${why}`, {
    extra: { state: reply.state, total: reply.total },
  })
}
