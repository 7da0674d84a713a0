import {
  ArgumentError,
  type Failure,
  type Lowered,
  lower,
  type Method,
  methodOf,
  type ObjectCall,
  type Raw,
  raise,
  refText,
} from '@manyhands/objects'
import type { ScriptArgument, ScriptReply } from '@manyhands/redis'
import type { SharedContext } from './scripts.ts'

/** The try of a task that makes a call: what it writes is refused once there is a later one. */
export interface TaskAttempt {
  job: string
  chunk: string
  attempt: number
}

/** Who calls. */
export interface Caller {
  /** One sequence of calls; absent = nobody asks again. */
  owner?: string | undefined
  /** From 1; a batch that is sent again has the same. */
  number?: number | undefined
  task?: TaskAttempt | undefined
}

/** A value as JSON with tags, why there is none, or that a try would have to wait. */
export type ObjectAnswer = { value: string /** As they are, where it is bytes. */; bytes?: Uint8Array } | { error: Failure } | 'waits'

/** What the nodes that vote for locks are to do before an answer holds: win the lock of a grant, begin its lease anew, or let it go. */
export interface NodeWork {
  what: 'win' | 'keep' | 'free'
  /** "<manager>/<type>/<name>" */
  lock: string
  /** Of this grant, and of no other. */
  mark: string
  token: string
  ttlMs: number
}

/** An answer as the script gives it. */
export interface ScriptAnswer {
  answer: ObjectAnswer
  work?: NodeWork | undefined
}

/** A call whose arguments a script takes. */
export interface PreparedCall {
  call: ObjectCall
  method: Method
  args: Lowered[]
}

/** Throws ArgumentError for a method that there is not, and for arguments that it does not take. */
export function prepare(call: ObjectCall): PreparedCall {
  const method = methodOf(call.object.type, call.method)
  if (!method) throw new ArgumentError(0, `a ${call.object.type} has no method ${call.method}`, 'method-not-found')
  return { call, method, args: lower(method, call.args) }
}

/** Calls in order, each answered for itself. With a door, one that can't be answered now waits there. */
export async function operate(
  { scripts, tenant, nodes }: SharedContext,
  calls: readonly PreparedCall[],
  { owner = '', number = 1, task }: Caller,
  door?: string,
): Promise<ScriptAnswer[]> {
  const how = [door === undefined ? 0 : 1, nodes?.maxTtlMs ?? 0]
  const who = [owner, number, task?.job ?? '', task?.chunk ?? '', task?.attempt ?? '']
  const replies = await scripts.operate(tenant, door ?? '', ...who, ...how, calls.length, ...wordsOf(calls))
  return (replies as ScriptReply[]).map((reply, i) => answerOf(calls[i] as PreparedCall, reply))
}

/** Calls as the script takes them: what is as in the call before is not said again. */
function wordsOf(calls: readonly PreparedCall[]): ScriptArgument[] {
  const words: ScriptArgument[] = []
  let before: PreparedCall | undefined
  for (const call of calls) {
    if (before && isAlike(before, call)) words.push('=')
    else words.push(...headOf(call))
    for (const one of call.args) words.push(typeof one === 'string' ? one : Buffer.from(one.buffer, one.byteOffset, one.byteLength))
    before = call
  }
  return words
}

function headOf({ call: { object, method: name, fence, tries }, method, args }: PreparedCall): ScriptArgument[] {
  const how = tries ? 't' : method.writes ? 1 : 0
  return [refText(object), name, how, fence ? `${fence.lock} ${fence.token}` : '', args.length]
}

function isAlike({ call: a, args }: PreparedCall, { call: b, args: others }: PreparedCall): boolean {
  const isSame = a.method === b.method && a.tries === b.tries && args.length === others.length
  return isSame && a.fence === b.fence && (a.object === b.object || refText(a.object) === refText(b.object))
}

/** A script's answer: `v` and a value, `e` and why not, `w`; and what lock nodes are to do. */
export function answerOf({ method }: PreparedCall, reply: ScriptReply): ScriptAnswer {
  const [kind, ...rest] = reply as ScriptReply[]
  const word = String(kind)
  if (word === 'w') return { answer: 'waits', work: workOf(rest[0]) }
  if (word === 'e') return { answer: { error: failureOf(rest) } }
  return { answer: valueAnswer(method, (rest[0] ?? null) as Raw), work: workOf(rest[1]) }
}

/** A megabyte of bytes becomes text only if somebody wants it so. */
function valueAnswer({ gives }: Method, raw: Raw): ObjectAnswer {
  if (gives !== 'bytes' || !(raw instanceof Uint8Array)) return { value: raise(gives, raw) }
  return {
    bytes: raw,
    get value() {
      return raise('bytes', raw)
    },
  }
}

function workOf(reply: ScriptReply | undefined): NodeWork | undefined {
  if (!Array.isArray(reply)) return undefined
  const [what = '', lock = '', mark = '', token = '', ttl = ''] = reply.map(String)
  return { what: what as NodeWork['what'], lock, mark, token, ttlMs: Number(ttl) }
}

function failureOf([code, detail, extra]: ScriptReply[]): Failure {
  const failure: Failure = { code: String(code), detail: String(detail) }
  if (!Array.isArray(extra)) return failure
  return { ...failure, extra: { [String(extra[0])]: String(extra[1]) } }
}
