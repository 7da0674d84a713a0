import type { FastifyReply } from 'fastify'
import type { Api } from '../api.ts'
import { AnswerStream } from './answer-stream.ts'
import { eventStream } from './sent-event.ts'

export interface Sending<E> {
  events: AsyncIterable<E>
  /** An event as text. */
  write: (event: E) => string | Buffer
  isLast: (event: E) => boolean
  signal: AbortSignal
}

/** Sends events as they come. When that fails the connection is cut, which no reader takes for the end. */
export async function sendEvents<E>(
  { timeouts, log }: Api,
  reply: FastifyReply,
  { events, write, isLast, signal }: Sending<E>,
): Promise<void> {
  const headers = { 'content-type': `${eventStream}; charset=utf-8`, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  const answer = new AnswerStream(reply, 200, headers, timeouts.readerSilence)
  try {
    for await (const event of events) {
      if (isLast(event)) return answer.end(write(event))
      await answer.writeOut(write(event), signal)
    }
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, request: reply.request.id }, 'a stream of events was cut')
  }
  answer.cut()
}
