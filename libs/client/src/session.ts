import type { Session as SessionRecord } from '@manyhands/contracts'
import type { Connection } from './connection.ts'
import { unlessGone } from './errors.ts'
import { type Beat, type Heart, startHeart } from './heart.ts'

/** Heartbeats in a lease: two may be lost. */
const beatsPerLease = 3

/**
 * This program's lease on the server: what is bound to it ends when the program does, however it does. It is opened by the first that needs
 * it, and kept up by a thread of its own.
 */
export class Session {
  readonly #connection: Connection
  #opened: Promise<string> | undefined
  #heart: Heart | undefined
  #everyMs = Number.POSITIVE_INFINITY
  /** Hears of each heartbeat that was answered. */
  onBeat: (beat: Beat) => void = () => undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Its id; the session is there then, and lives. */
  id(): Promise<string> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  /** It beats so often from now on, if it did not oftener before. */
  beatEvery(ms: number): void {
    if (ms >= this.#everyMs) return
    this.#everyMs = ms
    this.#heart?.beatEvery(ms)
  }

  /** What is bound to it ends now. */
  async end(): Promise<void> {
    const id = await this.#opened
    this.#forget()
    if (id !== undefined) await this.#connection.send({ method: 'DELETE', path: `/v1/sessions/${id}` }).catch(unlessGone)
  }

  async #open(): Promise<string> {
    const body = JSON.stringify({ leaseMs: this.#connection.leaseMs })
    const call = { method: 'POST' as const, path: '/v1/sessions', body, headers: { 'content-type': 'application/json' } }
    const { id, leaseMs } = await this.#connection.json<SessionRecord>(call)
    const url = `${this.#connection.url}/v1/sessions/${id}/heartbeat`
    this.#everyMs = Math.min(this.#everyMs, Math.floor(leaseMs / beatsPerLease))
    const beats = { url, headers: this.#connection.credentials, everyMs: this.#everyMs }
    this.#heart = startHeart(beats, { onGone: () => this.#forget(), onBeat: (beat) => this.onBeat(beat) })
    return id
  }

  /** The next that needs one opens another. */
  #forget(): void {
    this.#heart?.stop()
    this.#heart = undefined
    this.#opened = undefined
  }
}
