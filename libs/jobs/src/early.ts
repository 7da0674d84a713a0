import type { Wire } from '@manyhands/contracts'
import type { NewJob } from '@manyhands/job-store'
import type { BroughtCall, Task } from '@manyhands/planning'
import type { JobsContext } from './context.ts'

/** How long it counts that a pool had credit left, in milliseconds. */
const creditMs = 1000
/** The last pool that was asked. */
const credits = new WeakMap<JobsContext, { pool: string; free: number; at: number }>()

/** What an open has told of its pool. */
export function noteCredit(context: JobsContext, pool: string, free: number): void {
  credits.set(context, { pool, free, at: performance.now() })
}

/**
 * The task that opening these jobs will hand out if the pool has credit, as it had a moment ago: it goes to the queue in the same write
 * (docs/adr/0010). When it is not handed out, its claim finds nothing and its id is never used again.
 */
export function earlyTask(context: JobsContext, pool: string, jobs: NewJob[]): Task | undefined {
  const [job] = jobs
  const known = credits.get(context)
  if (known?.pool !== pool || known.free <= 0 || performance.now() - known.at > creditMs) return undefined
  if (job?.fields.kind === 'process') return undefined
  if (
    !job ||
    jobs.length > 1 ||
    job.idempotency ||
    job.hold ||
    job.fields.priority ||
    job.fields.parent ||
    job.fields.delayMs ||
    job.blocks.length === 0
  )
    return undefined
  return {
    tenant: context.store.tenant,
    pool,
    id: `${job.id}-0-1`,
    slices: [{ job: job.id, chunk: '0', generation: 1 }],
    call: broughtCall(job),
  }
}

/** Longest text of a call that goes with its task, in bytes. */
const broughtBytes = 4096

/** The call of an apply that is small, and has no limit of its own that the claim would have to tell. */
function broughtCall({ fields, blocks: [block] }: NewJob): BroughtCall | undefined {
  const { kind, wire, constants } = fields
  if (kind === 'map' || fields.timeoutMs !== undefined || block?.count !== 1) return undefined
  const line = block.text.toString()
  if (line.length + String(constants ?? '').length > broughtBytes) return undefined
  return { function: String(fields.function), mode: 'star', wire: wire as Wire, constants: constants?.toString(), line }
}
