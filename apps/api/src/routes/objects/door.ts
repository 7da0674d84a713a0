import { decodeItem, media, ProblemError, type Wire } from '@manyhands/contracts'
import { type ErrorCode, errorTable } from '@manyhands/contracts/errors'
import { shared } from '@manyhands/contracts/wire'
import { ArgumentError, type Failure, type ObjectCall, parseRef } from '@manyhands/objects'
import { type ObjectAnswer, type PreparedCall, prepare } from '@manyhands/shared-state'
import type { FastifyReply } from 'fastify'

/** A body's values, as strictly read as any. A shared object in it is passed on as it is named. Throws ProblemError. */
export const readBody = (bytes: Buffer, wire: Wire): unknown => decodeItem(bytes, wire, passedOn)

/** A shared object inside a value: here it is only passed on. */
class PassedOn {
  readonly #ref: string

  constructor(ref: string) {
    this.#ref = ref
  }

  [shared](): string {
    return this.#ref
  }
}

const passedOn = (ref: string): unknown => (parseRef(ref) ? new PassedOn(ref) : undefined)

/** A call, or why its arguments are none. */
export function prepared(call: ObjectCall): PreparedCall | { error: Failure } {
  try {
    return prepare(call)
  } catch (error) {
    if (error instanceof ArgumentError) return { error: { code: error.code, detail: error.detail } }
    throw error
  }
}

/** A refusal as HTTP has it. */
export function problemOf({ code, detail, extra = {} }: Failure): ProblemError {
  return new ProblemError(code in errorTable ? (code as ErrorCode) : 'internal', detail, { extra })
}

/** JSON, as every answer with a newline behind it. Values carry tags where JSON has no word, whoever asks: its type says so to those who know. */
export function sendText(reply: FastifyReply, text: string): FastifyReply {
  const knowsTags = (reply.request.headers.accept ?? '').includes(media.tagged)
  return reply.type(knowsTags ? media.tagged : media.json).send(`${text}\n`)
}

/** An answer as JSON. A refusal is told with its code and what it says beside it. */
export function answerText(answer: ObjectAnswer): string {
  if (answer === 'waits') return '"waits"'
  if ('value' in answer) return `{"value":${answer.value}}`
  const { code, detail, extra } = answer.error
  return JSON.stringify({ error: { code, detail, ...extra } })
}
