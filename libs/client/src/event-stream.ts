import type { Connection } from './connection.ts'
import { ConnectionError } from './errors.ts'
import { Fuse } from './fuse.ts'
import { Patience } from './patience.ts'
import { type SentEvent, SentEvents } from './sse.ts'

/** The server says something every 10 s: three silences are a cut. */
const SILENCE_MS = 30_000

/**
 * Server-sent events of a path, until one of type `end`. Goes on where a cut connection ended.
 * @param from id of the last event that came before; absent = none did
 */
export async function* eventsOf(
  connection: Connection,
  path: string,
  signal: AbortSignal | undefined,
  from?: string,
): AsyncGenerator<SentEvent, void> {
  const patience = new Patience(connection.retries)
  const last: { id: string | undefined } = { id: from }
  for (;;) {
    try {
      for await (const event of oneStream(connection, path, last.id, signal)) {
        patience.reset()
        last.id = event.id ?? last.id
        if (event.type === 'end') return
        yield event
      }
      throw new ConnectionError('the stream of events was cut')
    } catch (error) {
      await patience.wait(error, signal)
    }
  }
}

async function* oneStream(
  connection: Connection,
  path: string,
  last: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<SentEvent, void> {
  const fuse = new Fuse(signal)
  const events = new SentEvents()
  try {
    const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) }
    const { body } = await connection.stream({ path, headers, signal }, fuse)
    const reader = body?.getReader()
    const next = async () => reader && connection.whileWaiting(reader.read())
    for (let piece = await next(); piece?.value; piece = await next()) {
      connection.light(fuse, SILENCE_MS, 'the stream of events fell silent')
      yield* events.push(piece.value)
    }
  } catch (error) {
    throw connection.failure(error, signal)
  } finally {
    // ends the connection too when the taker has left
    fuse.abort(new ConnectionError('nobody reads now'))
    fuse.release()
  }
}
