import type { Socket } from 'node:net'
import { type ErrorCode, ProblemError } from '@manyhands/contracts'
import { rawProblem } from '../problem.ts'
import { requestId } from '../request-id.ts'

const details: Record<string, [code: ErrorCode, detail: string]> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'the headers have more than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'the headers did not come in time'],
}
const fallback: [ErrorCode, string] = ['bad-request', 'this is no HTTP request that can be understood in one way only']

/**
 * Answers what Node's parser refused, when there is no request yet, and closes the connection: what follows on it cannot be told from the
 * rest of the refused request. A connection whose answer has begun is only closed.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || begun.has(socket)) {
    socket.destroy()
    return
  }
  const problem = new ProblemError(...(details[error.code ?? ''] ?? fallback))
  socket.end(rawProblem(problem, requestId()), () => socket.destroy())
}

const begun = new WeakSet<Socket>()

/** From here on the socket carries a streamed answer. */
export function noteAnswerBegun(socket: Socket | null): void {
  if (socket) begun.add(socket)
}

export function noteAnswerEnded(socket: Socket | null): void {
  if (socket) begun.delete(socket)
}
