import { failedRows } from '@manyhands/job-store'
import type { FailedEntry } from './api.ts'
import type { JobsContext } from './context.ts'
import { getJob, originalIndexes } from './look.ts'

/** Rows that one look takes, each with an input of up to 1 MiB. */
const pageRows = 200

/** Failed items by index, from a cursor on. */
export async function failedItems(context: JobsContext, id: string, cursor: string | undefined, limit: number) {
  const job = await getJob(context, id)
  const rows = await readRows(context, id, cursor === undefined ? 0 : Number(cursor), limit + 1)
  const items = await atOriginalIndexes(context, job, rows.slice(0, limit))
  return { items, cursor: rows[limit] === undefined ? null : String(rows[limit].index) }
}

/** All failed items of a job, by its own indexes. */
export async function* failedPages(context: JobsContext, id: string): AsyncGenerator<FailedEntry[]> {
  for (let from = 0; ; ) {
    const rows = await readRows(context, id, from, pageRows)
    yield rows
    if (rows.length < pageRows) return
    from = (rows.at(-1)?.index ?? from) + 1
  }
}

/** Of a retry: the items at the indexes that they had in the first job. */
export async function atOriginalIndexes(context: JobsContext, job: { id: string; retryOf?: string | undefined }, rows: FailedEntry[]) {
  const indexes = await originalIndexes(
    context,
    job,
    rows.map((row) => row.index),
  )
  return rows.map((row, i) => ({ ...row, index: indexes[i] ?? row.index }))
}

async function readRows(context: JobsContext, id: string, from: number, count: number): Promise<FailedEntry[]> {
  const rows = await failedRows(context.store, id, from, count)
  return rows.map((row) => JSON.parse(row) as FailedEntry)
}
