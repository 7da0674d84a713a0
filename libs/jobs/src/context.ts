import type { Webhook } from '@manyhands/contracts'
import type { StoreContext } from '@manyhands/job-store'
import type { Task } from '@manyhands/planning'
import type { TaskQueue } from '@manyhands/queue'
import type { Wakeups } from '@manyhands/wakeups'

/** What the product's story is told with: one tenant of one group. */
export interface JobsContext {
  store: StoreContext
  queue: TaskQueue
  wakeups: Wakeups
  limits: JobLimits
  /** Something of a job falls due in `ms`: the reconciler of this process looks then. */
  onDue: (ms: number) => void
  /** Throws when a webhook that a job names could never be sent. Absent where nobody from outside submits. */
  acceptWebhook?: (webhook: Webhook) => Promise<void>
  /** Hears what no caller can be told. */
  onError: (error: Error) => void
}

export interface JobLimits {
  /** Items of one job. */
  items: number
  /** Live jobs of the group. */
  openJobs: number
  /** How deep jobs may be submitted from inside jobs. */
  depth: number
  /** Bytes of unread input of one job, at which an upload waits. */
  inputWindow: number
  /** How long an open map may go without an append, in milliseconds. */
  loaderMs: number
  /** How long a streamed upload may go without a sign of its API, in milliseconds. */
  uploadMs: number
  /** How long the reader of a results=once job stays its only one without a sign of its API, in milliseconds. */
  readerMs: number
}

export const jobLimits: JobLimits = {
  items: 10_000_000_000,
  openJobs: 100_000,
  depth: 8,
  inputWindow: 16 << 20,
  loaderMs: 60_000,
  uploadMs: 15_000,
  readerMs: 15_000,
}

/** How long an ended job stays when nobody said otherwise, in milliseconds. */
export const defaultTtlMs = 86_400_000

/** Puts what a script handed out into the queue. A failure loses nothing: the reconciler hands the tasks out anew. */
export function dispatch(context: JobsContext, tasks: Task[]): void {
  if (tasks.length > 0) context.queue.add(tasks).catch(context.onError)
}
