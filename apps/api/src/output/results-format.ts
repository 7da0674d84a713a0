import { type Job, media, type Wire } from '@manyhands/contracts'
import type { ResultPart } from '@manyhands/jobs'
import type { AnswerStream } from './answer-stream.ts'
import { jsonText } from './json-text.ts'
import { resultLines } from './result-lines.ts'

/** How results go out. */
export interface ResultsFormat {
  contentType(wire: Wire): string
  part(answer: AnswerStream, part: ResultPart, signal: AbortSignal): Promise<void>
  idle(answer: AnswerStream, signal: AbortSignal): Promise<void>
  /** The last line, if there is one: it tells the end from a cut. */
  end(job: Job): string | undefined
}

const keepAlive = '{"keepAlive":true}\n'

/** `{"index":0,"value":25}`, one a line. */
export function linesFormat({ frames, tagged }: { frames: boolean; tagged: boolean }): ResultsFormat {
  return {
    contentType: (wire) => (tagged && wire === 'tagged' ? media.taggedLines : media.ndjson),
    part: (answer, part, signal) => answer.write(resultLines(part), signal),
    idle: async (answer, signal) => (frames ? answer.write(keepAlive, signal) : undefined),
    end: ({ state, items }) => (frames ? jsonText({ end: { state, items } }) : undefined),
  }
}

/** Stored parts as they are: a header line, then `bytes` bytes of lines. */
export const partsFormat: ResultsFormat = {
  contentType: (wire) => `${media.parts}; wire=${wire}`,
  part: (answer, { runs, failed, lines }, signal) => answer.writeBoth(jsonText({ runs, failed, bytes: lines.length }), lines, signal),
  idle: (answer, signal) => answer.write(keepAlive, signal),
  end: (job) => jsonText({ end: job }),
}
