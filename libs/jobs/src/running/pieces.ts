import { type Claim, type InputRange, readRange, type StoreContext } from '@manyhands/job-store'
import { type Run, sliceRuns } from '@manyhands/planning'
import { persist } from './persist.ts'

/** Some of a claim's items with their input lines. */
export interface Piece {
  runs: Run[]
  input: Buffer
}

/** Bytes of input that are fetched at once for a chunk larger than its claim brought. */
const pieceBytes = 256 << 10

/** A claim's work in pieces: the first is what the claim brought, the others are fetched as they are asked for. */
export async function* piecesOf(store: StoreContext, claim: Claim, stop: AbortSignal): AsyncGenerator<Piece> {
  let done = 0
  for (const ranges of batches(claim.ranges)) {
    const count = ranges.reduce((sum, range) => sum + range.take, 0)
    const lines = await Promise.all(ranges.map((range) => persist(() => readRange(store, range), stop)))
    yield { runs: sliceRuns(claim.todo, done, done + count), input: lines.length === 1 && lines[0] ? lines[0] : Buffer.concat(lines) }
    done += count
  }
}

function batches(ranges: InputRange[]): InputRange[][] {
  const inline = ranges.filter((range) => range.bytes !== undefined)
  const grouped: InputRange[][] = inline.length > 0 ? [inline] : []
  let bytes = pieceBytes
  for (const range of ranges.slice(inline.length)) {
    if (bytes >= pieceBytes) grouped.push([])
    if (bytes >= pieceBytes) bytes = 0
    grouped.at(-1)?.push(range)
    bytes += range.to - range.from
  }
  return grouped
}
