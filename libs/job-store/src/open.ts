import type { Block, Task } from '@manyhands/planning'
import type { ScriptReply } from '@manyhands/redis'
import { asArray, asNumber, asTasks, asText, type StoreContext } from './context.ts'
import { Gathering } from './gathering.ts'

/** A job's record as it is written at the start. */
export interface NewJob {
  id: string
  /** Fields of the record (docs/redis-keys.md); undefined ones are left out. */
  fields: Record<string, string | number | undefined>
  blocks: Block[]
  /** All input is in `blocks`. */
  ended: boolean
  /** Nothing runs before the input has ended. */
  hold: boolean
  /** Lease of the loader, in milliseconds. */
  loaderMs: number
  /** Items that will come, if known. */
  length?: number | undefined
  /** Of a retry: original index of each item. */
  origin?: number[] | undefined
  idempotency?: { key: string; fingerprint: string } | undefined
}

/** What the same Idempotency-Key had made: the fingerprint of that request and the id of its job. */
export interface Made {
  fingerprint: string
  id: string
}

export type OpenReply =
  | {
      type: 'ok'
      at: number
      workers: number
      free: number
      jobs: { total: number; state: string }[]
      tasks: Task[]
    }
  | { type: 'unknown-function'; name: string }
  | { type: 'taken'; id: string }
  /** In the order of the jobs that were asked for. */
  | { type: 'replay'; made: Made[] }
  | { type: 'quota'; live: number }
  | { type: 'pool-closed'; state: string }
  | { type: 'no-session'; id: string }
  | { type: 'no-parent'; job: string }
  | { type: 'parent-ended'; job: string }
  | { type: 'daemonic-parent'; job: string }
  | { type: 'too-deep'; depth: number }

/** Requests that go to Redis together, at most; a script of this many takes some 5 ms. */
const togetherMost = 64
/** A request with more input than this goes alone, in bytes. */
const smallBytes = 16 << 10

export interface OpenOptions {
  /** Most live jobs of the group. */
  maxLive: number
  /** Most levels of jobs inside jobs. */
  maxDepth?: number
  /** The task of the job's first chunk is on its way to the queue already: it is handed out now, or under no such id. */
  early?: boolean
}

/** All of its jobs or none. */
interface Request {
  pool: string
  jobs: NewJob[]
  options: OpenOptions
}
const gatherings = new WeakMap<StoreContext, Gathering<Request, OpenReply>>()

/**
 * Opens jobs of one pool, with their input if it is at hand, in one step: all of them or none. Small requests of one turn of the event loop
 * share a script; an early one is written at once.
 */
export async function openJobs(context: StoreContext, pool: string, jobs: NewJob[], options: OpenOptions): Promise<OpenReply> {
  const request = { pool, jobs, options }
  if (!options.early && jobs.length === 1 && inputBytes(jobs) <= smallBytes) return gatheringOf(context).ask(request)
  const [reply] = await openTogether(context, pool, [request])
  return reply as OpenReply
}

const inputBytes = (jobs: NewJob[]) => jobs.flatMap((job) => job.blocks).reduce((sum, block) => sum + block.text.length, 0)

function gatheringOf(context: StoreContext): Gathering<Request, OpenReply> {
  const gathering = gatherings.get(context) ?? new Gathering((requests) => openGathered(context, requests), togetherMost)
  gatherings.set(context, gathering)
  return gathering
}

async function openGathered(context: StoreContext, requests: Request[]): Promise<OpenReply[]> {
  const replies = new Map<Request, OpenReply>()
  const ofPool = async (pool: string) => {
    const asked = requests.filter((request) => request.pool === pool)
    const answers = await openTogether(context, pool, asked)
    for (const [i, request] of asked.entries()) replies.set(request, answers[i] as OpenReply)
  }
  await Promise.all([...new Set(requests.map(({ pool }) => pool))].map(ofPool))
  return requests.map((request) => replies.get(request) as OpenReply)
}

async function openTogether(context: StoreContext, pool: string, requests: Request[]): Promise<OpenReply[]> {
  const jobs = requests.flatMap((request) => request.jobs)
  const described = JSON.stringify(requests.map((request) => request.jobs.map(describe)))
  const [{ maxLive, maxDepth = 0, early } = { maxLive: 0 }]: OpenOptions[] = requests.map((request) => request.options)
  const reply = asArray(
    await context.scripts.open(context.tenant, pool, maxLive, early ? 1 : 0, maxDepth, described, ...jobs.flatMap(blobsOf)),
  )
  const [at, workers, free] = reply.slice(0, 3).map(asNumber) as [number, number, number]
  const replies = asArray(reply[4]).map((answer) => asReply(asArray(answer), { at, workers, free }))
  // the tasks of all are dispatched by the first that was opened
  const first = replies.find((one) => one.type === 'ok')
  first?.tasks.push(...asTasks(reply[3]))
  return replies
}

function asReply([type, ...rest]: ScriptReply[], common: { at: number; workers: number; free: number }): OpenReply {
  switch (asText(type)) {
    case 'ok':
      return { type: 'ok', ...common, jobs: rest.map(asOpened), tasks: [] }
    case 'replay':
      return { type: 'replay', made: rest.map(asMade) }
    case 'taken':
      return { type: 'taken', id: asText(rest[0]) }
    case 'pool-closed':
      return { type: 'pool-closed', state: asText(rest[0]) }
    case 'no-session':
      return { type: 'no-session', id: asText(rest[0]) }
    case 'no-parent':
    case 'parent-ended':
    case 'daemonic-parent':
      return { type: asText(type) as 'no-parent' | 'parent-ended' | 'daemonic-parent', job: asText(rest[0]) }
    case 'too-deep':
      return { type: 'too-deep', depth: asNumber(rest[0]) }
    case 'quota':
      return { type: 'quota', live: asNumber(rest[0]) }
    default:
      return { type: 'unknown-function', name: asText(rest[0]) }
  }
}

/** As the script takes them: the blocks, then the original indexes. */
function blobsOf(job: NewJob): Buffer[] {
  const blocks = job.blocks.map(blockBytes)
  return job.origin ? [...blocks, Buffer.from(Float64Array.from(job.origin).buffer)] : blocks
}

/** A block as it is stored: the lines, then the offset table. They are copied only when they do not stand so in memory already. */
export function blockBytes({ text, table }: Block): Buffer {
  const adjacent = text.buffer === table.buffer && text.byteOffset + text.length === table.byteOffset
  return adjacent ? Buffer.from(text.buffer, text.byteOffset, text.length + table.length) : Buffer.concat([text, table])
}

function describe(job: NewJob): unknown {
  const { id, ended, hold, loaderMs, length, idempotency, origin } = job
  const given = Object.entries(job.fields).filter(([, value]) => value !== undefined)
  const fields = Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
  return {
    id,
    ended,
    hold,
    loaderMs,
    length,
    idempotency,
    origin: origin !== undefined,
    fields,
    blocks: job.blocks.map((block) => [block.count, block.text.length]),
  }
}

function asMade(reply: Parameters<typeof asArray>[0]): Made {
  const [fingerprint, id] = asArray(reply)
  return { fingerprint: asText(fingerprint), id: asText(id) }
}

function asOpened(reply: Parameters<typeof asArray>[0]): { total: number; state: string } {
  const [total, state] = asArray(reply)
  return { total: asNumber(total), state: asText(state) }
}
