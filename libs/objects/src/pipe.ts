import { type Blocking, type Place, SharedObject, waitOf } from './shared-object.ts'

/** One end of a Pipe. */
export class SharedConnection extends SharedObject {
  readonly #end: string

  /** The name ends with the end: `<pipe>.0` and `<pipe>.1` */
  constructor(place: Place) {
    super({ ...place, ref: { ...place.ref, name: place.ref.name.replace(/\.[01]$/, '') } })
    this.#end = /\.1$/.test(place.ref.name) ? '1' : '0'
  }

  override get id(): string {
    return `${super.id}.${this.#end}`
  }

  /** Throws OSError when an end is closed, or this one only receives. */
  async send(value: unknown): Promise<void> {
    await this.call('send', [this.#end, value])
  }

  /** What came first; waits for it. Throws EOFError when the other end is closed and nothing is left. */
  recv<T = unknown>(blocking: Pick<Blocking, 'signal'> = {}): Promise<T> {
    return this.call('recv', [this.#end], waitOf(blocking))
  }

  /** Whether `recv` would answer at once; waits for that, up to `timeout` seconds. At the end it is true. */
  poll(timeout = 0): Promise<boolean> {
    return this.call('poll', [this.#end], waitOf({ timeout }))
  }

  async close(): Promise<void> {
    await this.call('close', [this.#end])
  }
}
