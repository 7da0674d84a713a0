import { countRuns, coversRun, eachIndex, type Run, withoutRun } from './runs.ts'

/**
 * Where an item is (engine.md): each index is always in exactly one place: beyond `fed`, in the `todo` of exactly one live chunk, or in a part.
 * This is that paragraph as a value and pure moves. The Lua of job-store keeps the same rules; its property test compares both.
 */
export interface JobModel {
  /** Items whose input is stored. */
  readonly total: number
  readonly inputEnded: boolean
  /** Items that were cut into chunks: everything at or beyond is in no chunk. */
  readonly fed: number
  readonly chunks: ReadonlyMap<number, ChunkModel>
  readonly nextChunk: number
  readonly parts: readonly Run[]
  readonly failed: number
  readonly state: 'live' | 'succeeded' | 'failed' | 'cancelled'
}

export interface ChunkModel {
  readonly attempt: number
  readonly generation: number
  /** Runs of these items that were tried and failed already. */
  readonly tries: number
  readonly todo: readonly Run[]
}

export interface Settlement {
  chunk: number
  attempt: number
  /** Settled runs, in one piece each. */
  done: readonly Run[]
  failed: number
  /** Failed runs that get another try, as a chunk of their own. */
  again: readonly Run[]
}

export const emptyJob: JobModel = {
  total: 0,
  inputEnded: false,
  fed: 0,
  chunks: new Map(),
  nextChunk: 0,
  parts: [],
  failed: 0,
  state: 'live',
}

export function append(job: JobModel, count: number): JobModel {
  return job.state === 'live' && !job.inputEnded ? { ...job, total: job.total + count } : job
}

export function endInput(job: JobModel): JobModel {
  return ended({ ...job, inputEnded: true })
}

/** Cuts the next chunk of at most `size` items. */
export function feed(job: JobModel, size: number): JobModel {
  const to = Math.min(job.fed + size, job.total)
  if (job.state !== 'live' || to === job.fed) return job
  return addChunk({ ...job, fed: to }, [[job.fed, to]], 0)
}

/** Takes the chunk over, whoever had it. Returns the same job when the chunk is gone. */
export function claim(job: JobModel, chunk: number): JobModel {
  const record = job.chunks.get(chunk)
  return record ? withChunk(job, chunk, { ...record, attempt: record.attempt + 1 }) : job
}

/** Refuses any attempt but the latest, and counts only what it moved out of `todo`. */
export function settle(job: JobModel, settlement: Settlement): JobModel {
  const record = job.chunks.get(settlement.chunk)
  if (!record || record.attempt !== settlement.attempt || job.state !== 'live') return job
  const moved = [...settlement.done, ...settlement.again]
  if (!moved.every((run) => coversRun(record.todo, run))) return job
  const todo = moved.reduce<readonly Run[]>(withoutRun, record.todo)
  const kept = withChunk(job, settlement.chunk, { ...record, todo })
  const counted = { ...kept, parts: [...kept.parts, ...settlement.done], failed: kept.failed + settlement.failed }
  return ended(countRuns(settlement.again) > 0 ? addChunk(counted, settlement.again, record.tries + 1) : counted)
}

/** A chunk that is in no queue is handed out anew. */
export function refeed(job: JobModel, chunk: number): JobModel {
  const record = job.chunks.get(chunk)
  return record ? withChunk(job, chunk, { ...record, generation: record.generation + 1 }) : job
}

export function cancel(job: JobModel): JobModel {
  return job.state === 'live' ? { ...job, state: 'cancelled', chunks: new Map() } : job
}

/** What breaks the paragraph, or undefined. */
export function brokenRule(job: JobModel): string | undefined {
  const places = new Map<number, number>()
  const put = (index: number) => places.set(index, (places.get(index) ?? 0) + 1)
  for (const index of eachIndex([[job.fed, job.total]])) put(index)
  for (const chunk of job.chunks.values()) for (const index of eachIndex(chunk.todo)) put(index)
  for (const index of eachIndex(job.parts)) put(index)
  const doubled = [...places].find(([, count]) => count > 1)
  if (doubled) return `item ${doubled[0]} is in ${doubled[1]} places`
  if (job.state !== 'cancelled' && places.size !== job.total) return `${job.total - places.size} items are in no place`
  return undefined
}

function ended(job: JobModel): JobModel {
  if (job.state !== 'live' || !job.inputEnded || countRuns(job.parts) < job.total) return job
  return { ...job, state: job.failed > 0 ? 'failed' : 'succeeded' }
}

function withChunk(job: JobModel, chunk: number, record: ChunkModel): JobModel {
  const chunks = new Map(job.chunks)
  if (countRuns(record.todo) === 0) chunks.delete(chunk)
  else chunks.set(chunk, record)
  return { ...job, chunks }
}

function addChunk(job: JobModel, todo: readonly Run[], tries: number): JobModel {
  const record: ChunkModel = { attempt: 0, generation: 1, tries, todo }
  return { ...withChunk(job, job.nextChunk, record), nextChunk: job.nextChunk + 1 }
}
