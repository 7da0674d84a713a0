import { limits, media } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { ManyhandsError } from './errors.ts'

export interface Submitted {
  id: string
  /** The /result body, when the job ended while the answer was held back. */
  result?: string
}

/** A request that makes a job. It may be sent again and again: its key keeps it one job. */
export class Submission {
  readonly #connection: Connection
  readonly #path: string
  readonly #body: string
  readonly #key = randomName()

  constructor(connection: Connection, path: string, body: string) {
    this.#connection = connection
    this.#path = path
    // a JSON object: whatever is submitted from inside a function names it
    this.#body = connection.parent === undefined ? body : `{"parent":${JSON.stringify(connection.parent)},${body.slice(1)}`
  }

  /** @param held whether the server may hold back its answer, so that it is the result */
  async send({ signal, held = false }: { signal?: AbortSignal; held?: boolean } = {}): Promise<Submitted> {
    const headers: Record<string, string> = { 'content-type': media.tagged, accept: media.tagged, 'idempotency-key': this.#key }
    if (held) headers.prefer = `wait=${limits.waitSeconds}`
    const waitSeconds = held ? limits.waitSeconds : 0
    const answer = await this.#connection.sendInTurn({ method: 'POST', path: this.#path, body: this.#body, headers, signal, waitSeconds })
    const id = idOf(answer.headers.get('location'), this.#connection.url)
    return answer.status === 200 ? { id, result: answer.text } : { id }
  }
}

function idOf(location: string | null, url: string): string {
  const id = location?.split('/').pop()
  if (!id) throw new ManyhandsError(`the answer of ${url} has no Location: is this a Manyhands server?`, 'bad-answer')
  return decodeURIComponent(id)
}

/** 128 random bits. Not randomUUID, which browsers keep from pages without TLS. */
export function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
