import { ProblemError } from '@manyhands/contracts'
import { type JobView, viewJob } from '@manyhands/job-store'
import type { JobsContext } from './context.ts'

/** Jobs looked at in one round trip, and at most for one page: a page may be short, its cursor says whether there is more. */
const lookAt = 100
const lookAtMost = 2000

export interface Paging {
  cursor?: string
  limit: number
}

/**
 * One page of a list of jobs.
 * @param idsAt ids of the list from a position on
 * @param pick what the list shows of a job; undefined when it does not belong there
 */
export async function page<T>(
  context: JobsContext,
  { cursor, limit }: Paging,
  idsAt: (start: number, count: number) => Promise<string[]>,
  pick: (view: JobView) => Promise<T | undefined>,
): Promise<{ found: T[]; cursor: string | null }> {
  const found: T[] = []
  let position = startOf(cursor)
  const end = position + lookAtMost
  while (position < end) {
    const ids = await idsAt(position, lookAt)
    // one that was forgotten meanwhile has no view
    const views = await Promise.all(ids.map((id) => viewJob(context.store, id)))
    const picked = await Promise.all(views.map((view) => view && pick(view)))
    const fitting = picked.flatMap((one, i) => (one === undefined ? [] : [{ one, position: position + i }]))
    const room = fitting.slice(0, limit - found.length)
    found.push(...room.map(({ one }) => one))
    const next = fitting[room.length]
    if (next) return { found, cursor: String(next.position) }
    if (ids.length < lookAt) return { found, cursor: null }
    position += ids.length
  }
  return { found, cursor: String(position) }
}

function startOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^\d{1,12}$/.test(cursor)) return Number(cursor)
  throw new ProblemError('invalid-parameter', 'cursor is not one that a list answered', {
    errors: [{ pointer: 'cursor', detail: 'unknown cursor' }],
  })
}
