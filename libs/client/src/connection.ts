import type { Transport } from '@manyhands/objects'
import { addressOf } from './address.ts'
import { callable, checkOptions, type Kind, shown, text, wholeFrom } from './checks.ts'
import type { Completions } from './completions.ts'
import { AssertionError, ConnectionError, ManyhandsError, RecursionError, RequestError } from './errors.ts'
import { byFetch, byNode, type Exchange, type Exchanged, type Sent } from './exchange.ts'
import { Fuse } from './fuse.ts'
import { Gate } from './gate.ts'
import { Patience } from './patience.ts'

export interface ConnectOptions {
  /** Where the API is. Default: MANYHANDS_URL, else http://127.0.0.1:3000. */
  url?: string | undefined
  /** Reserved: sent as a bearer token; servers of this version take everybody. Default: MANYHANDS_API_KEY. */
  apiKey?: string | undefined
  /** Tries of a request after the first one, when the connection fails or the server is busy. Default 8, about 15 s in all. */
  retries?: number | undefined
  /** How long what belongs to this program (daemon processes) outlives it at most, in milliseconds. Default 10 s. */
  leaseMs?: number | undefined
  /** Another `fetch` than the global one. */
  fetch?: typeof fetch | undefined
}

const options = {
  of: 'connect()',
  kinds: {
    url: text,
    apiKey: text,
    retries: { takes: (value) => value === Number.POSITIVE_INFINITY || wholeFrom(0).takes(value), meant: '0 or more' },
    leaseMs: wholeFrom(1),
    fetch: callable,
  } satisfies Record<keyof ConnectOptions, Kind>,
  cure: (given: unknown) => `connect({ url: ${typeof given === 'string' ? shown(given) : '"http://127.0.0.1:3000"'} })`,
}

/** What no program asks for, but another part of this package. */
export interface ConnectionNature {
  /** Whether waits have a bound: a server in the same process needs none, and a test's clock may stand still. Default true. */
  isTimed?: boolean | undefined
  /** "<job>/<index>" of the item whose function submits here: all jobs are its children. */
  parent?: string | undefined
  /** How shared objects are reached; over HTTP if nothing else is said. */
  sharing?: Transport | undefined
  /** Told of every wait for a job's end or its results, and may hold the answer up. */
  whileWaiting?: (<T>(promise: Promise<T>) => Promise<T>) | undefined
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: string | Uint8Array<ArrayBuffer>
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** The server may hold the answer back for so long. */
  waitSeconds?: number
}

export type Answer = Exchanged

/**
 * Requests at once that submit or wait: thousands of applies are made in one loop, and each would hold a connection. The others wait
 * in line. To hold those before them for a shorter time would be wrong: asking again and again costs more than waiting (measured).
 */
const AT_ONCE = 1000
/** The same of those that the server answers at once: more would only open connections. */
const SHORT_AT_ONCE = 64
/** Beyond what the server may hold an answer back: an answer that comes later than this does not come. */
const PATIENCE_MS = 30_000

/** The HTTP side: an address, and requests to it that are tried again where that is safe. Every wait has a bound. */
export class Connection {
  readonly url: string
  readonly retries: number
  /** Of this program's session, in milliseconds. */
  readonly leaseMs: number | undefined
  /** Of all jobs that are submitted here. */
  readonly parent: string | undefined
  /** For every wait of the program: its promise, or one that settles later. */
  readonly whileWaiting: <T>(promise: Promise<T>) => Promise<T>
  /** How shared objects are reached: their tags are read by it, and nothing overtakes one that is being made. */
  sharing: Transport | undefined
  /** How many applies wait at once; absent = each by itself. */
  completions: Completions | undefined
  readonly #fetch: typeof fetch
  readonly #exchange: Exchange
  readonly #gate = new Gate(AT_ONCE)
  readonly #shortGate = new Gate(SHORT_AT_ONCE)
  readonly #headers: Record<string, string>
  readonly #isTimed: boolean

  /** Throws ValueError for options that are none, and for an address that no request would ever reach. */
  constructor(given: ConnectOptions, { isTimed = true, parent, sharing, whileWaiting = (promise) => promise }: ConnectionNature = {}) {
    checkOptions(given, options)
    this.#isTimed = isTimed
    this.parent = parent
    this.sharing = sharing
    this.whileWaiting = whileWaiting
    this.url = given.url === undefined ? usualAddress() : addressOf(given.url, 'url')
    this.retries = given.retries ?? 8
    this.leaseMs = given.leaseMs
    this.#fetch = given.fetch ?? ((input, init) => fetch(input, init))
    this.#exchange = (given.fetch ? undefined : byNode(this.url)) ?? byFetch(this.#fetch, this.url)
    const apiKey = given.apiKey ?? (given.url === undefined ? environment('MANYHANDS_API_KEY') : undefined)
    this.#headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
  }

  /** Whether waits have a bound, and so a server is elsewhere. */
  get isTimed(): boolean {
    return this.#isTimed
  }

  /** Headers that say who we are. */
  get credentials(): Record<string, string> {
    return this.#headers
  }

  /** A whole answer. All requests of this package are safe to resend: they carry an Idempotency-Key or an offset. */
  async send(call: Call): Promise<Answer> {
    const pending = this.sharing?.announcements.pending ?? []
    if (pending.length > 0) await Promise.all(pending)
    return this.sendNow(call)
  }

  /** `send`, which waits for no shared object: those are made by it. */
  async sendNow(call: Call): Promise<Answer> {
    const patience = new Patience(this.retries)
    for (;;) {
      try {
        return await this.#once(call)
      } catch (error) {
        await patience.wait(error, call.signal)
      }
    }
  }

  /** `send` in turn: only so many of these go at once. */
  sendInTurn(call: Call): Promise<Answer> {
    const gate = call.waitSeconds ? this.#gate : this.#shortGate
    return gate.pass(call.signal, () => this.send(call))
  }

  /** The answer's parsed body. */
  async json<T>(call: Call): Promise<T> {
    const { text } = await this.send(call)
    return JSON.parse(text)
  }

  /** One try of an answer that is read as it comes; the fuse bounds it and stays with the reader. Rejects as `send` does. */
  async stream(call: Call, fuse: Fuse): Promise<Response> {
    this.#beginWait(fuse, call)
    try {
      const { body, ...sent } = this.#sent(call, fuse)
      const response = await this.#fetch(this.url + call.path, { ...sent, body: body ?? null })
      if (!response.ok) throw await refusalOf(response, this.url)
      return response
    } catch (error) {
      throw this.failure(error, call.signal)
    }
  }

  /** What a failed fetch or read means: the caller's own reason, the server's refusal, or a cut connection. */
  failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return signal.reason
    if (error instanceof ManyhandsError) return error
    return new ConnectionError(`no connection to ${this.url} (is the server up?): ${detailOf(error)}`, error)
  }

  /** Aborts the fuse with a ConnectionError after `ms`. */
  light(fuse: Fuse, ms: number, silence: string): void {
    if (this.#isTimed) fuse.light(ms, () => new ConnectionError(silence))
  }

  #beginWait(fuse: Fuse, { waitSeconds = 0 }: Call): void {
    this.light(fuse, PATIENCE_MS + waitSeconds * 1000, `${this.url} did not answer in time`)
  }

  #sent({ method = 'GET', headers, body }: Call, { signal }: Fuse): Sent {
    return { method, headers: { ...this.#headers, ...headers }, body, signal }
  }

  async #once(call: Call): Promise<Answer> {
    const fuse = new Fuse(call.signal)
    try {
      this.#beginWait(fuse, call)
      const answer = await this.#exchange(call.path, this.#sent(call, fuse))
      if (answer.status < 200 || answer.status > 299) throw problemOf(answer, this.url)
      return answer
    } catch (error) {
      throw this.failure(error, call.signal)
    } finally {
      fuse.release()
    }
  }
}

async function refusalOf(response: Response, url: string): Promise<ManyhandsError> {
  return problemOf({ status: response.status, headers: response.headers, text: await response.text() }, url)
}

function problemOf({ status, headers, text }: Omit<Answer, 'bytes'>, url: string): ManyhandsError {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const problem = problemFrom(text) ?? { detail: wordsOf(status, url) }
  if (problem.code === 'daemonic-parent') return new AssertionError(String(problem.detail))
  const Refusal = problem.code === 'nested-too-deep' ? RecursionError : RequestError
  return new Refusal(status, problem, Number.isFinite(seconds) ? seconds * 1000 : undefined)
}

/** Undefined for what is no problem document: the error page of a proxy, or of another server altogether. */
function problemFrom(text: string): Record<string, unknown> | undefined {
  try {
    const problem: unknown = JSON.parse(text)
    return typeof problem === 'object' && problem !== null && 'code' in problem ? { ...problem } : undefined
  } catch {
    return undefined
  }
}

function wordsOf(status: number, url: string): string {
  return `${url} answered ${status}${status < 500 ? ', not as a Manyhands server does: is something else there, or in between?' : ': is the server up?'}`
}

function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  // of an address with several numbers, each with its own failure, there is only a code
  return cause instanceof Error ? `${message}: ${cause.message || (cause as { code?: string }).code}` : message
}

function usualAddress(): string {
  const said = environment('MANYHANDS_URL')
  return said ? addressOf(said, 'MANYHANDS_URL') : 'http://127.0.0.1:3000'
}

/** This package has no Node imports: where there is no `process`, there is no environment. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  return process?.env?.[name]
}
