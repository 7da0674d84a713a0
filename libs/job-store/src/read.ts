import type { Task } from '@manyhands/planning'
import { asArray, asBytes, asNumber, asTasks, asText, type StoreContext } from './context.ts'

/** A stored part and where it stands. */
export interface StoredPart {
  from: number
  to: number
  /** Lines before it in the order that was read. */
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
  /** Lines the reader has. */
  after: number
  maxBytes: number
  /** Token of the reader; only one at a time reads a results=once job. */
  reader: string
  leaseMs: number
}

/** Parts that follow the reader's position without a gap. */
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

export async function releaseReader(context: StoreContext, job: string, reader: string): Promise<void> {
  await context.scripts['release-reader'](context.tenant, job, reader)
}

function asParts(rows: ReturnType<typeof asArray>): StoredPart[] {
  const parts: StoredPart[] = []
  for (let i = 0; i < rows.length; i += 3) {
    const [, from, to] = asText(rows[i]).split(':').map(Number)
    parts.push({ from: from ?? 0, to: to ?? 0, position: asNumber(rows[i + 1]), bytes: asBytes(rows[i + 2]) })
  }
  return parts
}
