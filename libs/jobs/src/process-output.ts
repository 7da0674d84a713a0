import { isEnded, type ProcessRecord } from '@manyhands/contracts'
import { readOutput, viewJob } from '@manyhands/job-store'
import type { OutputEvent, OutputQuery } from './api.ts'
import type { JobsContext } from './context.ts'
import { toProcess } from './process-record.ts'
import { processView } from './processes.ts'
import { isQuiet, watchJob } from './waiting.ts'

/** Without news a reader hears `idle`, and looks again, in milliseconds. */
const idleMs = 10_000

/** What a process wrote behind the first `after` bytes; with `follow`, live until its end. Throws not-found. */
export async function processOutput(context: JobsContext, id: string, query: OutputQuery): Promise<AsyncIterable<OutputEvent>> {
  await processView(context, id)
  return events(context, id, query)
}

async function* events(context: JobsContext, id: string, query: OutputQuery): AsyncGenerator<OutputEvent> {
  const watch = watchJob(context, id, { endOnly: false, signal: query.signal })
  let position = query.after
  try {
    while (!query.signal.aborted) {
      // the state before the pieces: those of an ended process are all there
      const over = await endOf(context, id)
      const written = yield* piecesBehind(context, id, position)
      if (written > position) position = written
      else if (over || !query.follow) return yield { type: 'end', process: over }
      else if (await isQuiet(watch, idleMs)) yield { type: 'idle' }
    }
  } finally {
    watch.done()
  }
}

/** The process once nothing more can come of it: its last words may come after its end. Undefined before. */
async function endOf({ store }: JobsContext, id: string): Promise<ProcessRecord | undefined> {
  const view = await viewJob(store, id)
  if (!view) return undefined
  return isEnded(view.record.state ?? '') && view.record.stoppedAt !== undefined ? toProcess(view) : undefined
}

/** One page of pieces. Returns where it ends. */
async function* piecesBehind({ store }: JobsContext, id: string, after: number): AsyncGenerator<OutputEvent, number> {
  let position = after
  for (const { stream, end, bytes } of await readOutput(store, id, after)) {
    const start = end - bytes.length
    if (start > position) yield { type: 'dropped', bytes: start - position, end: start }
    yield { type: 'piece', stream, end, bytes: bytes.subarray(Math.max(0, position - start)) }
    position = end
  }
  return position
}
