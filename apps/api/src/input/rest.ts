import type { IncomingMessage } from 'node:http'

/** How long the rest of a request is taken and dropped, in milliseconds. */
const lingerMs = 1000

/** Whether more of a body may come. */
export function isStillSent({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
}

/**
 * For a request that is answered before it has ended. A connection that is closed while its client still sends is reset, and the client may
 * lose the answer by that: so what comes is dropped for a while, and only then the connection is cut.
 */
export function dropRest(request: IncomingMessage): void {
  if (!isStillSent(request)) return
  request.resume()
  const timer = setTimeout(() => request.destroy(), lingerMs)
  request.once('end', () => clearTimeout(timer))
  request.once('close', () => clearTimeout(timer))
}
