import { Calls, type Desk, type Member } from './calls.ts'
import type { Connection } from './connection.ts'
import { JobCancelledError, RequestError, ValueError } from './errors.ts'
import { randomName } from './submission.ts'

export interface PoolOptions {
  /** Most processes its jobs use at once, over the whole fleet. Absent: no bound of its own. */
  processes?: number | undefined
  /** A pool that programs share. Absent: with `processes` a pool of this program's own, else the default pool. */
  name?: string | undefined
}

const observed = (): void => undefined

/** The pool's record on the server, made at the first call, and the calls that are under way in it. */
class Roster implements Desk {
  readonly connection: Connection
  readonly name: string
  readonly #processes: number | undefined
  readonly #own: boolean
  readonly #members = new Set<Member>()
  #made: Promise<void> | undefined
  #closed = false
  #dropped: Promise<void> | undefined

  constructor(connection: Connection, { processes, name }: PoolOptions) {
    if (processes !== undefined && !(Number.isInteger(processes) && processes >= 1))
      throw new ValueError(`processes must be 1 or more, not ${processes}`)
    this.connection = connection
    this.#processes = processes
    this.#own = name === undefined && processes !== undefined
    this.name = name ?? (this.#own ? `run-${randomName()}` : 'default')
  }

  admit(): void {
    if (this.#closed) throw new ValueError('the pool is closed and takes no more calls')
  }

  async pool(): Promise<string> {
    this.#made ??= this.#make()
    await this.#made
    return encodeURIComponent(this.name)
  }

  enlist(member: Member): void {
    this.#members.add(member)
    void member.settled().then(() => this.#members.delete(member))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    // Without a join, the record goes when the last call has settled; a failure to remove it is told by join.
    void Promise.all(Array.from(this.#members, (member) => member.settled()))
      .then(() => this.#drop())
      .catch(observed)
  }

  async terminate(): Promise<void> {
    this.close()
    const reason = new JobCancelledError('the pool was terminated')
    await Promise.all(Array.from(this.#members, (member) => member.cancel(reason)))
  }

  async join(): Promise<void> {
    if (!this.#closed) throw new ValueError('the pool is still open: close() or terminate() comes before join()')
    await Promise.all(Array.from(this.#members, (member) => member.joined()))
    await this.#drop()
  }

  async #make(): Promise<void> {
    if (this.#processes === undefined) return
    const body = JSON.stringify({ name: this.name, processes: this.#processes })
    const call = { method: 'POST' as const, path: '/v1/pools', body, headers: { 'content-type': 'application/json' } }
    try {
      await this.connection.send(call)
    } catch (error) {
      this.#made = undefined
      throw error
    }
  }

  #drop(): Promise<void> {
    this.#dropped ??= this.#own && this.#made ? this.#remove() : Promise.resolve()
    return this.#dropped
  }

  async #remove(): Promise<void> {
    try {
      await this.connection.send({ method: 'DELETE', path: `/v1/pools/${this.name}` })
    } catch (error) {
      // Sent again after a lost answer, it finds nothing: that is what was wanted.
      if (!(error instanceof RequestError && error.status === 404)) throw error
    }
  }
}

/**
 * Python's Pool: a bound on processes, and the calls that run under it. It costs nothing before its first call.
 * `await using` closes and joins, also when the block threw (JavaScript does not tell it): `hands.withPool` terminates then.
 */
export class Pool<F> extends Calls<F> implements AsyncDisposable {
  readonly #roster: Roster

  constructor(connection: Connection, options: PoolOptions) {
    const roster = new Roster(connection, options)
    super(roster)
    this.#roster = roster
  }

  get name(): string {
    return this.#roster.name
  }

  /** No more calls are taken here; those under way go on. */
  close(): void {
    this.#roster.close()
  }

  /** Cancels every call under way: each rejects with JobCancelledError. Resolves once the server knows. */
  terminate(): Promise<void> {
    return this.#roster.terminate()
  }

  /** Waits until every job of this pool has ended; how they ended is told by the calls. Throws ValueError before close() or terminate(). */
  join(): Promise<void> {
    return this.#roster.join()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.join()
  }
}
