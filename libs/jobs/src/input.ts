import { type ErrorCode, type ItemError, type Job, ProblemError } from '@manyhands/contracts'
import { type AppendReply, appendBlocks, closeInput, endEarly } from '@manyhands/job-store'
import type { Block } from '@manyhands/planning'
import type { Submission, Submitted, Upload } from './api.ts'
import { dispatch, type JobsContext } from './context.ts'
import { engineError } from './job-record.ts'
import { getJob, noSuchJob } from './look.ts'
import { openOne } from './submit.ts'
import { watchJob } from './waiting.ts'

/** A full window is looked at again after this long without news, in milliseconds. */
const windowLookMs = 500
/** A caller's append that finds the window full is answered after this long, so that its client knows, in milliseconds. */
const appendPatienceMs = 10_000
/** Lease of a streamed upload: its API renews it, in milliseconds. */
const uploadLeaseMs = 15_000

/** Opens a map that takes its items by append. */
export function openMap(context: JobsContext, submission: Submission): Promise<Submitted> {
  return openOne(context, { ...submission, open: true }, { blocks: [], ended: false, hold: false, loaderMs: context.limits.loaderMs })
}

/** Opens a streamed upload; its lease is renewed until it ends. */
export async function openUpload(context: JobsContext, submission: Submission, options: { hold: boolean }): Promise<Upload> {
  const opened = await openOne(context, submission, { blocks: [], ended: false, hold: options.hold, loaderMs: uploadLeaseMs })
  if (opened.replayed) return replayedUpload(opened)
  const { id } = opened.job
  const append = (blocks: Block[]) => storeAll(context, id, blocks, options.hold)
  // an empty append renews the lease while the sender is slow
  const renewal = setInterval(() => append([]).catch(context.onError), uploadLeaseMs / 3)
  return {
    ...opened,
    append: (block) => append([block]),
    async end() {
      clearInterval(renewal)
      return closeMap(context, id)
    },
    async abort(reason) {
      clearInterval(renewal)
      await abortInput(context, id, reason, submission.idempotency?.key)
    },
  }
}

/** The upload of a request that was sent again: what it brings is there already. */
function replayedUpload(opened: Submitted): Upload {
  return { ...opened, append: async () => {}, end: async () => opened.job, abort: async () => {} }
}

/** Appends to an open map. Overlap is skipped by count. */
export async function appendItems(context: JobsContext, id: string, offset: number, blocks: AsyncIterable<Block>): Promise<{ total: number; accepted: number }> {
  let total = offset
  const watch = watchJob(context, id, { endOnly: false })
  const deadline = performance.now() + appendPatienceMs
  try {
    for await (const block of blocks) {
      const reply = await storeOne(context, id, block, total)
      total = reply.total
      if (!reply.stored && !(await roomAgain(watch, deadline, async () => (await storeOne(context, id, block, total)).stored))) return { total, accepted: total - offset }
      if (!reply.stored) total += block.count
    }
    return { total, accepted: total - offset }
  } finally {
    watch.done()
  }
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
      const reply = await appendBlocks(context.store, id, blocks, { offset: -1, loaderMs: uploadLeaseMs, window })
      const { stored } = storedOrThrow(context, id, reply)
      if (stored === blocks.length) return
      await watch.news(windowLookMs)
    }
  } finally {
    watch.done()
  }
}

async function storeOne(context: JobsContext, id: string, block: Block, offset: number): Promise<{ total: number; stored: boolean }> {
  const { loaderMs, inputWindow } = context.limits
  const reply = storedOrThrow(context, id, await appendBlocks(context.store, id, [block], { offset, loaderMs, window: inputWindow }))
  return { total: reply.total, stored: reply.stored === 1 }
}

/** Tries until there is room, or the patience ends. */
async function roomAgain(watch: ReturnType<typeof watchJob>, deadline: number, store: () => Promise<boolean>): Promise<boolean> {
  while (performance.now() < deadline) {
    await watch.news(windowLookMs)
    if (await store()) return true
  }
  return false
}

function storedOrThrow(context: JobsContext, id: string, reply: AppendReply): { total: number; stored: number } {
  switch (reply.type) {
    case 'gone':
      throw noSuchJob(id)
    case 'offset':
      throw new ProblemError('offset-mismatch', `the job has ${reply.total} items; meant is offset=${reply.total}`, { extra: { total: reply.total } })
    case 'not-open':
      throw notOpen(id, reply)
    case 'stored':
      refuseTooLong(context, reply.total)
      dispatch(context, reply.tasks)
      return reply
  }
}

function refuseTooLong(context: JobsContext, total: number): void {
  if (total > context.limits.items) throw new ProblemError('too-many-items', `the map has ${total} items; the limit is ${context.limits.items}`)
}

function notOpen(id: string, reply: { state: string; total: number; error: string }): ProblemError {
  const error = reply.error === '' ? undefined : (JSON.parse(reply.error) as ItemError)
  const why = error ? `: ${error.code}, ${error.message}` : ''
  const code: ErrorCode = 'not-open'
  return new ProblemError(code, `job ${id} takes no more items, it is ${reply.state}${why}`, { extra: { state: reply.state, total: reply.total } })
}
