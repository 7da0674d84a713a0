import type { Connection } from './connection.ts'
import { ConnectionError } from './errors.ts'
import { Fuse } from './fuse.ts'
import { Patience } from './patience.ts'
import { type SentEvent, SentEvents } from './sse.ts'

/** The server says something every 10 s: three silences are a cut. */
const SILENCE_MS = 30_000

export interface LogOptions {
  /** Only one of them; absent: both. */
  stream?: 'stdout' | 'stderr' | undefined
  signal?: AbortSignal | undefined
}

/**
 * The lines that a process writes, as they come, until it has ended; those of both streams in the order of their ends. Goes on where a cut
 * connection ended. Where the server had to drop some, there is a line that says so.
 */
export async function* logLines(connection: Connection, id: string, { stream, signal }: LogOptions = {}): AsyncGenerator<string, void> {
  const lines = { stdout: new Lines(), stderr: new Lines() }
  for await (const { type, data } of eventsOf(connection, `/v1/processes/${id}/logs${stream ? `?stream=${stream}` : ''}`, signal)) {
    if (type === 'stdout' || type === 'stderr') yield* lines[type].push(JSON.parse(data).text)
    if (type === 'dropped') yield `[${JSON.parse(data).bytes} bytes dropped]`
  }
  for (const rest of Object.values(lines)) yield* rest.end()
}

/** Cuts what comes into lines. */
class Lines {
  #rest = ''

  push(text: string): string[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines
  }

  /** A last line without its LF. */
  end(): string[] {
    return this.#rest === '' ? [] : [this.#rest]
  }
}

async function* eventsOf(connection: Connection, path: string, signal: AbortSignal | undefined): AsyncGenerator<SentEvent, void> {
  const patience = new Patience(connection.retries)
  const last: { id: string | undefined } = { id: undefined }
  for (;;) {
    try {
      for await (const event of oneStream(connection, path, last.id, signal)) {
        patience.reset()
        last.id = event.id ?? last.id
        if (event.type === 'end') return
        yield event
      }
      throw new ConnectionError('the stream of the output was cut')
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
      connection.light(fuse, SILENCE_MS, 'the output of the process fell silent')
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
