import { media, type PoolRecord } from '@manyhands/contracts'
import { Calls, type Desk, type Member } from './calls.ts'
import { anything, checkOptions, checkValue, isPlainObject, type Kind, shown, text, wholeFrom } from './checks.ts'
import type { Connection } from './connection.ts'
import { textOf } from './encoding.ts'
import { JobCancelledError, unlessGone, ValueError } from './errors.ts'
import { nameOf } from './options.ts'
import type { Row } from './signatures.ts'
import { randomName } from './submission.ts'

/** Python's parameters of Pool, and a name to share one by. */
export interface PoolOptions<F = unknown, T = unknown> {
  /** Most processes its jobs use at once, over the whole fleet. Absent: no bound of its own. */
  processes?: number | undefined
  /** Called once in each process of the pool, before its first item; what it sets in its module is seen by the items. */
  initializer?: T | undefined
  initArgs?: Row<F, T> | undefined
  /** Chunks after which a process is replaced; a map's `chunkSize` is its unit. */
  maxTasksPerChild?: number | undefined
  /** Of its jobs that have none of their own; a larger one runs first, -100 to 100. */
  priority?: number | undefined
  /** Most items that begin in a time, over the whole fleet. */
  rateLimit?: { max: number; perMs: number } | undefined
  /** A pool that programs share. Absent: with any other option a pool of this program's own, else the default pool. */
  name?: string | undefined
}
type AnyPoolOptions = PoolOptions<Record<string, (...args: unknown[]) => unknown>, unknown> & { initArgs?: readonly unknown[] | undefined }

const options = {
  of: 'pool()',
  kinds: {
    processes: wholeFrom(1),
    // nameOf says what it may be
    initializer: anything,
    initArgs: anything,
    maxTasksPerChild: wholeFrom(1),
    priority: { takes: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 100, meant: 'a whole number from -100 to 100' },
    rateLimit: { takes: isPlainObject, meant: 'an object such as { max: 10, perMs: 1000 }' },
    name: text,
  } satisfies Record<keyof PoolOptions, Kind>,
  cure: (given: unknown) =>
    typeof given === 'string' ? `pool({ name: ${shown(given)} })` : `pool({ processes: ${typeof given === 'number' ? given : 4} })`,
}

/** What makes the pool, as a request body without its name; undefined when nothing was said. Throws ValueError. */
function poolFields(given: AnyPoolOptions): string | undefined {
  checkOptions(given, options)
  const { initializer, initArgs, name: _, ...settings } = given
  if (initArgs !== undefined && !Array.isArray(initArgs))
    throw new ValueError('initArgs is an array of arguments, also when there is one: [5]')
  if (initArgs !== undefined && initializer === undefined)
    throw new ValueError('initArgs are the arguments of an initializer: there is none')
  const fields = JSON.stringify({ ...settings, initializer: initializer === undefined ? undefined : nameOf(initializer) })
  const args = initArgs === undefined ? '' : `,"initArgs":${textOf(initArgs, 'initArgs')}`
  return fields === '{}' ? undefined : `${fields.slice(1, -1)}${args}`
}

const observed = (): void => undefined

/** The pool's record on the server, made at the first call, and the calls that are under way in it. */
class Roster implements Desk {
  readonly connection: Connection
  readonly name: string
  readonly #fields: string | undefined
  readonly #own: boolean
  readonly #members = new Set<Member>()
  #made: Promise<void> | undefined
  #closed = false
  #dropped: Promise<void> | undefined

  constructor(connection: Connection, options: AnyPoolOptions) {
    this.connection = connection
    this.#fields = poolFields(options)
    this.#own = options.name === undefined && this.#fields !== undefined
    this.name = options.name ?? (this.#own ? `run-${randomName()}` : 'default')
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
    // rejected at once, as the server refuses what is still on its way; an error each, whose stack will tell who waited
    const told = this.#tellTerminate()
    const stop = (member: Member) => member.cancel(new JobCancelledError('the pool was terminated'), told)
    await Promise.all([told, ...Array.from(this.#members, stop)])
  }

  async join(): Promise<void> {
    if (!this.#closed) throw new ValueError('the pool is still open: close() or terminate() comes before join()')
    await this.connection.whileWaiting(Promise.all(Array.from(this.#members, (member) => member.joined())))
    await this.#drop()
  }

  /** Ends at once on the server what this program knows of and what not; when all had ended before, the record may be gone. */
  async #tellTerminate(): Promise<void> {
    if (this.#own && this.#made) await this.tell('POST', '/terminate').catch(unlessGone)
  }

  /** Asks something of the pool's record. */
  async tell(method: 'GET' | 'POST' | 'PATCH', route = '', body?: string): Promise<PoolRecord> {
    const path = `/v1/pools/${await this.pool()}${route}`
    const answer = await this.connection.send({
      method,
      path,
      ...(body === undefined ? {} : { body, headers: { 'content-type': media.json } }),
    })
    return JSON.parse(answer.text) as PoolRecord
  }

  async #make(): Promise<void> {
    if (this.#fields === undefined) return
    const body = `{"name":${JSON.stringify(this.name)},${this.#fields}}`
    const call = { method: 'POST' as const, path: '/v1/pools', body, headers: { 'content-type': media.tagged } }
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
    // Sent again after a lost answer, it finds nothing: that is what was wanted.
    await this.connection.send({ method: 'DELETE', path: `/v1/pools/${this.name}` }).catch(unlessGone)
  }
}

/**
 * Python's Pool: a bound on processes, and the calls that run under it. It costs nothing before its first call.
 * `await using` closes and joins, also when the block threw (JavaScript does not tell it): `hands.withPool` terminates then.
 */
export class Pool<F> extends Calls<F> implements AsyncDisposable {
  readonly #roster: Roster

  constructor(connection: Connection, options: AnyPoolOptions) {
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

  /** Cancels every call under way: each rejects with JobCancelledError, and processes are killed. Resolves once the server knows. */
  terminate(): Promise<void> {
    return this.#roster.terminate()
  }

  /** Another bound, from now on: running processes beyond it finish their chunk. Throws ValueError. */
  async resize(processes: number): Promise<void> {
    checkValue('processes', processes, wholeFrom(1))
    await this.#roster.tell('PATCH', '', JSON.stringify({ processes }))
  }

  /** Nothing more is handed out, by nobody's jobs in this pool; what runs goes on. */
  async pause(): Promise<void> {
    await this.#roster.tell('POST', '/pause')
  }

  async resume(): Promise<void> {
    await this.#roster.tell('POST', '/resume')
  }

  /** The pool as the server has it: bound, state, what runs. */
  status(): Promise<PoolRecord> {
    return this.#roster.tell('GET')
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
