import { isEnded } from '@manyhands/contracts'
import type { Task } from '@manyhands/planning'
import { jobKey } from '@manyhands/redis'
import { asArray, asBytes, asNumber, asTasks, asText, type StoreContext } from './context.ts'

/** A stored part and where it stands. */
export interface StoredPart {
  from: number
  to: number
  /** In the order of the input the index of its first item; in that of completion the lines before it. */
  position: number
  /** Header line and one value a line. */
  bytes: Buffer
}

export type ReadReply =
  /** `complete`: the job has ended, and nothing is behind these. */
  | { type: 'parts'; complete: boolean; parts: StoredPart[]; tasks: Task[] }
  | { type: 'gone' }
  | { type: 'discarded' }
  | { type: 'consumed'; first: number }
  | { type: 'reader' }

export interface ReadOptions {
  order: 'input' | 'completion'
  /** Where the reader stands: a position as parts have it. */
  after: number
  maxBytes: number
  /** Token of the reader; only one at a time reads a results=once job. */
  reader: string
  leaseMs: number
}

/** Parts that follow the reader's position: without a gap as long as the job lives; then all there are. */
export async function readParts(context: StoreContext, job: string, options: ReadOptions): Promise<ReadReply> {
  const { order, after, maxBytes, reader, leaseMs } = options
  const reply = asArray(await context.scripts.read(context.tenant, job, order, after, maxBytes, reader, leaseMs))
  switch (asText(reply[0])) {
    case 'ok':
      return { type: 'parts', complete: asNumber(reply[1]) === 1, parts: asParts(asArray(reply[2])), tasks: asTasks(reply[3]) }
    case 'consumed':
      return { type: 'consumed', first: asNumber(reply[1]) }
    default:
      return { type: asText(reply[0]) as 'gone' | 'discarded' | 'reader' }
  }
}

/** Rows of parts that one look takes. */
const pageRows = 1000

/**
 * Where in the input a reader stands that has `lines` lines: at the item of that index, but for a job that ended early, whose lines may have
 * gaps between them. There the lines that it has not are counted from the end: what it has may be freed meanwhile.
 */
export async function positionOf(context: StoreContext, job: string, lines: number): Promise<number> {
  const key = (name: 'record' | 'order') => jobKey(context.group, context.tenant, job, name)
  const [state, total, done] = await context.redis.hmget(key('record'), 'state', 'total', 'done')
  if (!isEnded(state) || Number(done) >= Number(total)) return lines
  let [before, left] = ['+inf', Number(done) - lines]
  while (true) {
    const rows = await context.redis.zrevrangebyscore(key('order'), before, '-inf', 'LIMIT', 0, pageRows)
    for (const [from, to] of rows.map(asRun)) {
      if (left <= to - from) return to - left
      left -= to - from
      before = `(${from}`
    }
    if (rows.length < pageRows) return lines
  }
}

/** The reader is still there, though it asks for nothing now. */
export async function renewReader(context: StoreContext, job: string, reader: string, leaseMs: number): Promise<void> {
  await context.scripts['renew-reader'](context.tenant, job, reader, leaseMs)
}

export async function releaseReader(context: StoreContext, job: string, reader: string): Promise<void> {
  await context.scripts['release-reader'](context.tenant, job, reader)
}

function asParts(rows: ReturnType<typeof asArray>): StoredPart[] {
  const parts: StoredPart[] = []
  for (let i = 0; i < rows.length; i += 3) {
    const [from, to] = asRun(asText(rows[i]))
    parts.push({ from, to, position: asNumber(rows[i + 1]), bytes: asBytes(rows[i + 2]) })
  }
  return parts
}

/** Of a part's member in `order` or `log`. */
function asRun(member: string): [from: number, to: number] {
  const [, from = 0, to = 0] = member.split(':').map(Number)
  return [from, to]
}
