import { decode, encode, limits, media } from '@manyhands/contracts'
import {
  Announcements,
  type Change,
  type Failure,
  type Held,
  liveObject,
  methodOf,
  type ObjectCall,
  type ObjectRef,
  objectError,
  randomId,
  refText,
  Sequence,
  type Transport,
  type WaitOptions,
  Watch,
} from '@manyhands/objects'
import { joined } from './bytes.ts'
import type { Connection } from './connection.ts'
import { RequestError, unlessGone } from './errors.ts'
import { eventsOf } from './event-stream.ts'
import type { Session } from './session.ts'

/** An answer of the server to one call. */
type Answer = 'waits' | { value: unknown; error?: undefined } | { value?: undefined; error: Failure & Record<string, unknown> }

/** One call, as it is sent. */
interface Written {
  text: string
  bytes: Uint8Array | undefined
  /** Whether its answer is bytes. */
  gives: boolean
}

/** Calls and characters of one request. */
const batch = { count: 1000, weight: 512 << 10 }
/** Renewals in a lease: one may be lost before a lock counts as lost. */
const renewalsPerLease = 6

/** The way of programs outside to shared objects: over HTTP. */
export class HttpSharing implements Transport {
  readonly announcements = new Announcements()
  readonly #connection: Connection
  readonly #session: Session
  readonly #owner = randomId()
  readonly #manager = randomId()
  readonly #sequence = new Sequence<Written, Answer>((calls, number) => this.#sendAll(calls, number), batch)
  readonly #watch = new Watch()
  #waits = 0
  #made: Promise<unknown> | undefined

  constructor(connection: Connection, session: Session) {
    this.#connection = connection
    this.#session = session
    session.onBeat = ({ at, locks }) => this.#watch.renewed(locks, at - performance.timeOrigin)
  }

  async call(call: ObjectCall, { timeoutMs, signal }: WaitOptions = { timeoutMs: 0 }): Promise<unknown> {
    signal?.throwIfAborted()
    const place = placeOfBytes(call)
    const [args, announced] = this.announcements.during(() => call.args.map((arg, i) => (i === place ? 'null' : textOf(arg, call, i))))
    if (announced.length > 0) await Promise.all(announced)
    const mayWait = timeoutMs === undefined || timeoutMs > 0
    const answer =
      mayWait && !methodOf(call.object.type, call.method)?.tries
        ? 'waits'
        : await this.#once(call, args, mayWait, place < 0 ? undefined : new Uint8Array(call.args[place] as Uint8Array))
    if (answer === 'waits') return this.#wait(call, args, timeoutMs, signal)
    if (answer.error) throw objectError({ ...answer.error, extra: answer.error })
    return answer.value
  }

  async *changes(object: ObjectRef, signal?: AbortSignal): AsyncGenerator<Change, void> {
    const { manager, type, name } = object
    for await (const event of eventsOf(this.#connection, `/v1/managers/${manager}/${type}/${name}/events`, signal)) {
      if (event.type === 'gone') throw objectError({ code: 'object-not-found', detail: `there is no ${refText(object)}` })
      yield decode(event.data, 'tagged', (ref) => this.live(ref)) as Change
    }
  }

  ownManager(): { name: string; made(): Promise<unknown> } {
    return {
      name: this.#manager,
      made: () => {
        this.#made ??= this.makeManager(this.#manager, true)
        return this.#made
      },
    }
  }

  /** @param ends whether it ends with this program */
  async makeManager(name: string, ends: boolean, ttlMs?: number): Promise<void> {
    const body = JSON.stringify({ session: ends ? await this.#session.id() : undefined, ttlMs })
    await this.#connection.sendNow({ method: 'PUT', path: `/v1/managers/${name}`, body, headers: { 'content-type': media.json } })
  }

  /** It may be gone already. */
  async dropManager(name: string): Promise<void> {
    await this.#connection.sendNow({ method: 'DELETE', path: `/v1/managers/${name}` }).catch(unlessGone)
  }

  live(ref: string): unknown {
    return liveObject(this, ref)
  }

  holder(ttlMs: number): Promise<string> {
    this.#session.beatEvery(ttlMs / renewalsPerLease)
    return this.#session.id()
  }

  watch(held: Held): () => void {
    return this.#watch.add(held)
  }

  /** In its turn; one that may wait is only tried. */
  #once(call: ObjectCall, args: string[], tries: boolean, bytes: Uint8Array | undefined): Promise<Answer> {
    const text = callText(tries ? { ...call, tries } : call, args, bytes)
    const gives = methodOf(call.object.type, call.method)?.gives === 'bytes'
    return this.#sequence.call({ text, bytes, gives }, text.length + (bytes?.length ?? 0))
  }

  async #sendAll(calls: Written[], number: number): Promise<Answer[]> {
    const text = `{"owner":"${this.#owner}","number":${number},"calls":[${calls.map((call) => call.text).join(',')}]}`
    if (calls.some(({ bytes, gives }) => bytes || gives)) return this.#sendPacked(text, calls)
    const answer = await this.#connection.sendNow({ method: 'POST', path: '/v1/object-calls', body: text, headers: tagged })
    return this.#answersIn(answer.text)
  }

  #answersIn(text: string): Answer[] {
    return (decode(text, 'tagged', (ref) => this.live(ref)) as { answers: Answer[] }).answers
  }

  /** Bytes as they are, behind the text. */
  async #sendPacked(text: string, calls: Written[]): Promise<Answer[]> {
    const pieces = calls.flatMap(({ bytes }) => bytes ?? [])
    const body = joined([new TextEncoder().encode(`${text}\n`), ...pieces])
    const headers = { 'content-type': media.calls, accept: media.calls }
    const { bytes } = await this.#connection.sendNow({ method: 'POST', path: '/v1/object-calls', body, headers })
    const end = bytes.indexOf(10)
    return withBytes(this.#answersIn(utf8.decode(bytes.subarray(0, end))), bytes, end + 1)
  }

  /** Asked again and again under one name, it has its place in the line. */
  async #wait(call: ObjectCall, args: string[], timeoutMs: number | undefined, signal: AbortSignal | undefined): Promise<unknown> {
    const id = `${this.#owner}.${++this.#waits}`
    const end = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs
    for (;;) {
      const left = Math.max(0.001, (end - performance.now()) / 1000)
      // a wait that is longer than one request is asked for in turns, and only the last has an end
      const timeout = left > limits.waitSeconds ? undefined : left
      const answer = await this.#ask(call, { caller: { id }, timeout, fence: call.fence }, args, signal)
      if (answer !== 'waits') return answer.value
    }
  }

  async #ask(call: ObjectCall, control: object, args: string[], signal: AbortSignal | undefined): Promise<{ value: unknown } | 'waits'> {
    const { manager, type, name } = call.object
    const path = `/v1/managers/${manager}/${type}/${name}/${call.method}`
    const body = namedText(call, args, control)
    try {
      const { status, text } = await this.#connection.sendNow({
        method: 'POST',
        path,
        body,
        headers: tagged,
        signal,
        waitSeconds: limits.waitSeconds,
      })
      return status === 202 ? 'waits' : (decode(text, 'tagged', (ref) => this.live(ref)) as { value: unknown })
    } catch (error) {
      throw error instanceof RequestError && error.status < 500 ? refusal(error) : error
    }
  }
}

const utf8 = new TextDecoder()
const tagged = { 'content-type': media.tagged, accept: media.tagged }

function refusal({ code, problem }: RequestError): Error {
  return objectError({ code, detail: String(problem.detail), extra: problem })
}

/** Throws TypeError, as the object would. */
function textOf(value: unknown, { object, method }: ObjectCall, index: number): string {
  try {
    return encode(value, 'tagged')
  } catch (error) {
    const name = Object.keys(methodOf(object.type, method)?.takes ?? {})[index] ?? `argument ${index}`
    throw objectError({ code: 'type-error', detail: `${name} cannot be sent: ${error instanceof Error ? error.message : error}` })
  }
}

/** Which argument is bytes; -1 for none. */
function placeOfBytes({ object, method, args }: ObjectCall): number {
  const kinds = Object.values(methodOf(object.type, method)?.takes ?? {})
  return kinds.findIndex((kind, i) => kind.startsWith('bytes') && args[i] instanceof Uint8Array)
}

/** Each takes its bytes, in order. */
function withBytes(answers: (Answer & { bytes?: number })[], all: Uint8Array, from: number): Answer[] {
  let at = from
  return answers.map((answer) => {
    if (answer.bytes === undefined) return answer
    at += answer.bytes
    // a copy: what was received is not kept for it
    return { value: new Uint8Array(all.subarray(at - answer.bytes, at)) }
  })
}

function callText({ object, method, fence, tries }: ObjectCall, args: string[], bytes: Uint8Array | undefined): string {
  const under = fence ? `,"fence":${JSON.stringify(fence)}` : ''
  const how = tries ? ',"try":true' : ''
  const behind = bytes ? `,"bytes":${bytes.length}` : ''
  return `{"object":"${refText(object)}","method":"${method}","args":[${args.join(',')}]${under}${how}${behind}}`
}

/** The arguments by name, and what stands beside them. */
function namedText({ object, method }: ObjectCall, args: string[], control: object): string {
  const names = Object.keys(methodOf(object.type, method)?.takes ?? {})
  const named = args.map((text, i) => `,${JSON.stringify(names[i])}:${text}`)
  return `${JSON.stringify(control).slice(0, -1)}${named.join('')}}`
}
