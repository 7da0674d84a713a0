import { methodOf, type ObjectRef, type Reading, readingOf, refText, toldArguments } from '@manyhands/objects'
import { objectKey, type Redis, type ScriptReply } from '@manyhands/redis'
import { Inbox } from './inbox.ts'
import { answerOf, operate, prepare } from './operate.ts'
import type { SharedContext } from './scripts.ts'

/** What whoever watches an object is told; `value` and `args` are JSON with tags. `idle`: nothing happens, and the stream lives. */
export type ObjectNews =
  | { type: 'state'; version: number; value: string }
  | { type: 'change'; version: number; method: string; args: string }
  | { type: 'gone' }
  | { type: 'idle' }

/** Writes are told for so long after the last look, in milliseconds. */
const watchedMs = 60_000
/** Between two looks at the version, which find what was lost on the way, in milliseconds. */
const lookMs = 20_000
/** A sign of life, in milliseconds. */
const idleMs = 10_000
/** Changes that a slow reader may be behind: it is told the state anew then. */
const mostBehind = 1000

type Listener = (message: Buffer | 'lost') => void

/** Tells what happens to shared objects: state first, then each write, in order. Where one was missed, the state comes anew. */
export class Changes {
  readonly #context: SharedContext
  readonly #subscriber: () => Promise<Redis>
  readonly #listeners = new Map<string, Set<Listener>>()
  #redis: Promise<Redis> | undefined
  #stopListening: () => void = () => undefined

  constructor(context: SharedContext, subscriber: () => Promise<Redis>) {
    this.#context = context
    this.#subscriber = subscriber
  }

  /** Ends with `gone`, or rejects with the signal's reason. */
  async *watch(ref: ObjectRef, signal: AbortSignal | undefined): AsyncGenerator<ObjectNews, void> {
    const inbox = new Inbox<Buffer>(mostBehind)
    const stop = await this.#listen(ref, (message) => inbox.push(message))
    try {
      const reading = await wholeReading(this.#context, ref)
      for (let version = -1; ; ) {
        const state = reading && (await this.#look(ref, reading))
        if (!state) return yield { type: 'gone' }
        if (state.version !== version) yield state
        version = yield* follow(inbox, ref, state.version, signal)
      }
    } finally {
      stop()
    }
  }

  stop(): void {
    this.#stopListening()
  }

  async #look(ref: ObjectRef, { method, args, show }: Reading): Promise<(ObjectNews & { type: 'state' }) | undefined> {
    const { scripts, tenant } = this.#context
    const call = prepare({ object: ref, method, args })
    const words = call.args.map((word) => (typeof word === 'string' ? word : Buffer.from(word)))
    const reply = (await scripts.watch(tenant, refText(ref), watchedMs, method, ...words)) as ScriptReply[] | null
    if (reply === null) return undefined
    const { answer } = answerOf(call, reply[1] as ScriptReply)
    if (answer === 'waits' || 'error' in answer) return undefined
    return { type: 'state', version: Number(reply[0]), value: show(answer.value) }
  }

  async #listen(ref: ObjectRef, listener: Listener): Promise<() => void> {
    const { group, tenant } = this.#context
    const channel = objectKey(group, tenant, ref, 'changes')
    this.#redis ??= this.#connect()
    const redis = await this.#redis
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(listener))
    const stop = () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      this.#listeners.delete(channel)
      // without it messages come that nobody takes
      redis.unsubscribe(channel).catch(() => undefined)
    }
    try {
      await redis.subscribe(channel)
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  async #connect(): Promise<Redis> {
    const redis = await this.#subscriber()
    // before the first connection nothing can be lost
    if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', () => resolve()))
    const onMessage = (channel: Buffer, message: Buffer) => this.#tell(String(channel), message)
    const onReady = () => void this.#again(redis)
    redis.on('messageBuffer', onMessage)
    redis.on('ready', onReady)
    this.#stopListening = () => {
      redis.off('messageBuffer', onMessage)
      redis.off('ready', onReady)
    }
    return redis
  }

  /** What came in the gap is lost. */
  async #again(redis: Redis): Promise<void> {
    for (const channel of this.#listeners.keys()) {
      await redis.subscribe(channel).catch(() => undefined)
      this.#tell(channel, 'lost')
    }
  }

  #tell(channel: string, message: Buffer | 'lost'): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener(message)
  }
}

/** How all of an object is read now; undefined when there is no such object. */
export async function wholeReading(context: SharedContext, ref: ObjectRef): Promise<Reading | undefined> {
  const call = () => prepare({ object: ref, method: 'nature', args: [] })
  try {
    return await readingOf(ref, async () => answered(await operate(context, [call()], {})))
  } catch (error) {
    if (error instanceof Gone) return undefined
    throw error
  }
}

class Gone extends Error {}

function answered([first]: Awaited<ReturnType<typeof operate>>): string {
  const answer = first?.answer
  if (!answer || answer === 'waits' || 'error' in answer) throw new Gone()
  return answer.value
}

/** Changes from a version on, until it is time to look. Returns the last version that was told. */
async function* follow(
  inbox: Inbox<Buffer>,
  ref: ObjectRef,
  from: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectNews, number> {
  const end = performance.now() + lookMs
  let version = from
  while (performance.now() < end) {
    const message = await inbox.next(Math.min(idleMs, end - performance.now() + 1), signal)
    const news = message === undefined ? idle : newsOf(message, ref, version)
    if (news === 'look') return version
    if (news.type === 'change') version = news.version
    if (news !== known) yield news
  }
  return version
}

const idle: ObjectNews = { type: 'idle' }
/** A change that stood in the state already. */
const known: ObjectNews = { type: 'idle' }

/** `look`: something was lost, or the object is gone. */
function newsOf(message: Buffer | 'lost', ref: ObjectRef, version: number): ObjectNews | 'look' {
  const change = message === 'lost' ? undefined : changeOf(message, ref)
  if (!change || change.version > version + 1) return 'look'
  return change.version <= version ? known : change
}

/** Undefined for `gone`. */
function changeOf(message: Buffer, { type }: ObjectRef): (ObjectNews & { type: 'change' }) | undefined {
  const { version, name, words } = partsOf(message)
  const method = methodOf(type, name)
  return method && { type: 'change', version, method: name, args: toldArguments(method, words) }
}

/** "<version> <method>", and on the next lines "<bytes> <argument>". */
function partsOf(message: Buffer): { version: number; name: string; words: Buffer[] } {
  const head = message.indexOf('\n')
  const [version = '', name = ''] = String(message.subarray(0, head < 0 ? undefined : head)).split(' ')
  const words: Buffer[] = []
  for (let at = head; at >= 0 && at < message.length; ) {
    const space = message.indexOf(' ', at)
    const bytes = Number(message.subarray(at + 1, space))
    words.push(message.subarray(space + 1, space + 1 + bytes))
    at = space + 1 + bytes
  }
  return { version: Number(version), name, words }
}
