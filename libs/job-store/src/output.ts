import { jobKey } from '@manyhands/redis'
import type { StoreContext } from './context.ts'

/** Bytes that are kept of what a process writes: the last of it. */
const keptBytes = 256 << 10

/** Something that a process wrote. */
export interface OutputPiece {
  stream: 'stdout' | 'stderr'
  /** Bytes that the process had written when this was. */
  end: number
  bytes: Buffer
}

/** Keeps more of what a process writes; pieces of 64 KiB at most. False when the job is forgotten. May be sent again. */
export async function writeOutput(context: StoreContext, job: string, pieces: OutputPiece[]): Promise<boolean> {
  const words = pieces.flatMap(({ stream, end, bytes }) => [stream, end, bytes])
  return (await context.scripts['write-output'](context.tenant, job, keptBytes, ...words)) === 1
}

/** Pieces of one look. */
const pagePieces = 64

/** What the process wrote behind its first `after` bytes, as far as it is kept, a page at a time: the first pieces of it. */
export async function readOutput({ redis, group, tenant }: StoreContext, job: string, after: number): Promise<OutputPiece[]> {
  const rows = await redis.xrangeBuffer(jobKey(group, tenant, job, 'output'), `(${after}-1`, '+', 'COUNT', pagePieces)
  return rows.map(asPiece)
}

function asPiece([id, [stream, bytes]]: [id: Buffer, fields: Buffer[]]): OutputPiece {
  return { stream: stream?.toString() as OutputPiece['stream'], end: Number.parseInt(id.toString(), 10), bytes: bytes ?? Buffer.alloc(0) }
}
