import { type Item, isEnded, ProblemError } from '@manyhands/contracts'
import { type ItemView, type JobView, originOf, viewItem, viewJob } from '@manyhands/job-store'
import type { FailedEntry, ItemEntry } from './api.ts'
import type { JobsContext } from './context.ts'
import { progressOf } from './job-record.ts'
import { noSuchJob } from './look.ts'

/** One item of a job: where it stands, and what came of it. Throws not-found. */
export async function getItem(context: JobsContext, id: string, index: number): Promise<ItemEntry> {
  const job = await viewJob(context.store, id)
  if (!job) throw noSuchJob(id)
  const own = await ownIndex(context, job, index)
  // looked at behind the job: an item that has moved meanwhile has come nearer to its end
  const view = await viewItem(context.store, id, own)
  if (!view) throw noSuchJob(id)
  return { index, ...entryOf(job, view, own) }
}

/** Of a retry: where the item stands that had this index in the first job. */
async function ownIndex({ store }: JobsContext, { id, record }: JobView, index: number): Promise<number> {
  const own = record.retryOf === undefined ? index : ((await originOf(store, id))?.indexOf(index) ?? -1)
  if (own >= 0 && own < Number(record.total)) return own
  throw new ProblemError('not-found', `job ${id} has no item ${index}${record.input === 'ended' ? '' : ' so far'}`)
}

type Entry = Omit<ItemEntry, 'index'>

function entryOf(job: JobView, view: ItemView, own: number): Entry {
  const about = view.part ? aboutPart(view.part.bytes) : undefined
  if (view.failed !== undefined) return failedEntry(view.failed, view.tail, about)
  if (view.part)
    return { state: 'succeeded', value: lineOf(view.part.bytes, own - view.part.from), attempts: about?.attempts ?? 1, ...about }
  if (view.chunk) return liveEntry(view.chunk, own)
  return unkeptEntry(job, own)
}

function failedEntry(row: string, log: string | undefined, about: About | undefined): Entry {
  const { error, attempts, ms, input } = JSON.parse(row) as FailedEntry
  return { state: 'failed', error, input, ...(log !== undefined && { log }), ...about, ...placeOf(error), attempts, ms }
}

/** Of results that are not kept the error is all that says where it was. */
function placeOf(error: unknown): Partial<Pick<Item, 'worker' | 'host' | 'build'>> {
  const { at } = error as { at?: { worker: string; host: string; build: string } }
  return at ? { worker: at.worker, host: at.host, build: at.build } : {}
}

function liveEntry({ tries, isClaimed, progress }: NonNullable<ItemView['chunk']>, own: number): Entry {
  if (!isClaimed) return { state: 'waiting', attempts: tries }
  const said = progress === undefined ? undefined : progressOf(progress)
  const mine = said?.index === own ? { progress: { value: said.value, at: said.at } } : {}
  return { state: 'running', attempts: tries + 1, ...mine }
}

/** In no part and no chunk: not handed out yet; or the job has ended; or what came of it is not kept. */
function unkeptEntry({ id, record }: JobView, own: number): Entry {
  const count = (name: string) => Number(record[name] ?? 0)
  const isOver = isEnded(record.state)
  const isUntouched = record.results === 'keep' || own >= count('fed') || count('done') === 0
  if (isUntouched) return { state: isOver ? 'not-run' : 'waiting', attempts: 0 }
  if (!isOver || count('done') >= count('total')) return { state: 'succeeded', attempts: 1 }
  throw new ProblemError(
    record.results === 'once' ? 'results-consumed' : 'results-discarded',
    `job ${id} ended early with results=${record.results}: whether item ${own} ran is not known`,
  )
}

/** What the header of a part says of its items. */
interface About {
  worker?: string
  host?: string
  build?: string
  ms: number
  attempts: number
}

function aboutPart(bytes: Buffer): About {
  const header = JSON.parse(bytes.subarray(0, bytes.indexOf(10)).toString()) as Partial<About> & { runs: [number, number][] }
  const items = header.runs.reduce((sum, [from, to]) => sum + to - from, 0)
  const { worker, host, build, attempts = 1, ms = 0 } = header
  return { ...(worker && { worker }), ...(host && { host }), ...(build && { build }), ms: Math.round((ms * 1000) / items) / 1000, attempts }
}

/** The line of an item of a part, behind the header. */
function lineOf(bytes: Buffer, position: number): string {
  let at = bytes.indexOf(10) + 1
  for (let i = 0; i < position; i++) at = bytes.indexOf(10, at) + 1
  return bytes.subarray(at, bytes.indexOf(10, at)).toString()
}
