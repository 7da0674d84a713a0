import type { Connection } from './connection.ts'
import { eventsOf } from './event-stream.ts'

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
