import type { Block, Task } from '@manyhands/planning'
import { asArray, asNumber, asTasks, asText, type StoreContext } from './context.ts'

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

export type OpenReply =
  | { type: 'ok'; at: number; jobs: { total: number; state: string }[]; tasks: Task[]; workers: number; free: number }
  | { type: 'unknown-function'; name: string }
  | { type: 'taken'; id: string }
  | { type: 'replay'; fingerprint: string; id: string }
  | { type: 'quota'; live: number }

/** Opens jobs of one pool, with their input if it is at hand, in one step: all of them or none. */
export async function openJobs(context: StoreContext, pool: string, jobs: NewJob[], maxLive: number): Promise<OpenReply> {
  const blobs = jobs.flatMap((job) => [
    ...job.blocks.map(blockBytes),
    ...(job.origin ? [Buffer.from(Float64Array.from(job.origin).buffer)] : []),
  ])
  const reply = asArray(await context.scripts.open(context.tenant, pool, maxLive, JSON.stringify(jobs.map(describe)), ...blobs))
  const [type, first, second] = reply
  switch (asText(type)) {
    case 'ok':
      return {
        type: 'ok',
        at: asNumber(first),
        jobs: asArray(second).map(asOpened),
        tasks: asTasks(reply[3]),
        workers: asNumber(reply[4]),
        free: asNumber(reply[5]),
      }
    case 'replay':
      return { type: 'replay', fingerprint: asText(first), id: asText(second) }
    case 'taken':
      return { type: 'taken', id: asText(first) }
    case 'quota':
      return { type: 'quota', live: asNumber(first) }
    default:
      return { type: 'unknown-function', name: asText(first) }
  }
}

/** A block as it is stored: the lines, then the offset table. They are copied only when they do not stand so in memory already. */
export function blockBytes({ text, table }: Block): Buffer {
  const adjacent = text.buffer === table.buffer && text.byteOffset + text.length === table.byteOffset
  return adjacent ? Buffer.from(text.buffer, text.byteOffset, text.length + table.length) : Buffer.concat([text, table])
}

function describe(job: NewJob): unknown {
  const { id, ended, hold, loaderMs, length, idempotency, origin } = job
  const fields = Object.entries(job.fields).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]))
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

function asOpened(reply: Parameters<typeof asArray>[0]): { total: number; state: string } {
  const [total, state] = asArray(reply)
  return { total: asNumber(total), state: asText(state) }
}
