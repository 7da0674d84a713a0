import { media, ProblemError } from '@manyhands/contracts'
import { methodOf, parseRef } from '@manyhands/objects'
import type { ObjectAnswer } from '@manyhands/shared-state'
import type { FastifyReply } from 'fastify'
import { answerText } from './door.ts'

/** A call whose bytes stand behind the first line. */
interface Packed {
  object: string
  method: string
  args?: unknown[]
  bytes?: number
}

/** A body of the type `media.calls`: a line of JSON, and bytes. */
export function unpacked(body: Buffer): { head: Buffer; tail: Buffer } {
  const end = body.indexOf(10)
  return end < 0 ? { head: body, tail: Buffer.alloc(0) } : { head: body.subarray(0, end), tail: body.subarray(end + 1) }
}

/** Each takes its bytes, in order. Throws invalid-parameter when they are not as many as was said. */
export function withBytes<C extends Packed>(calls: C[], tail: Buffer): C[] {
  const said = calls.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
  if (said !== tail.length)
    throw new ProblemError('invalid-parameter', `the calls speak of ${said} bytes; behind the first line are ${tail.length}`)
  let at = 0
  return calls.map((call) => {
    if (call.bytes === undefined) return call
    at += call.bytes
    return { ...call, args: argsWith(call, tail.subarray(at - call.bytes, at)) }
  })
}

function argsWith({ object, method, args = [] }: Packed, bytes: Uint8Array): unknown[] {
  const type = parseRef(object)?.type
  const kinds = Object.values((type && methodOf(type, method)?.takes) ?? {})
  const place = kinds.findIndex((kind) => kind.startsWith('bytes'))
  if (place < 0) throw new ProblemError('invalid-parameter', `${method} of ${object} takes no bytes`)
  return kinds.map((_, i) => (i === place ? bytes : args[i]))
}

/** Answers in the same form. */
export function sendPacked(reply: FastifyReply, answers: ObjectAnswer[]): FastifyReply {
  const tails = answers.map(bytesOf)
  const texts = answers.map((answer, i) => (tails[i] ? `{"bytes":${tails[i].length}}` : answerText(answer)))
  return reply
    .type(media.calls)
    .send(Buffer.concat([Buffer.from(`{"answers":[${texts.join(',')}]}\n`), ...tails.filter((tail) => tail !== undefined)]))
}

const bytesOf = (answer: ObjectAnswer): Uint8Array | undefined => (answer !== 'waits' && 'bytes' in answer ? answer.bytes : undefined)
