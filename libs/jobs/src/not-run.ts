import type { ResultPart } from './api.ts'
import { engineError } from './job-record.ts'

const line = Buffer.from(`${JSON.stringify(engineError('not-run', 'the job ended before this item did'))}\n`)
/** Items of one part: a gap may be as large as a job, and a reader may have enough before its end. */
const most = 1000

/** Items `[from, to)` that never ran, as parts of failed ones. */
export function* notRunParts(from: number, to: number): Generator<ResultPart> {
  for (let at = from; at < to; at += most) {
    const count = Math.min(most, to - at)
    const failed = Array.from({ length: count }, (_, i) => i)
    yield { runs: [[at, at + count]], failed, lines: Buffer.alloc(count * line.length, line) }
  }
}
