import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { addressFor, BlockedError, checkAddress, hostOf, type Lookup, portOf } from './guard.ts'
import type { WebhookPolicy } from './policy.ts'

/** What came of one try. */
export interface Outcome {
  status: number | null
  /** Why it failed, or null: the answer was 2xx. */
  error: string | null
  excerpt: string
  /** The receiver asks not to be tried before, in milliseconds from now. */
  retryAfterMs?: number
}

export interface Letter {
  url: string
  headers: Record<string, string>
  body: string
}

/** From the look-up to the last byte of the answer, in milliseconds. */
const wholeMs = 15_000
const answerBytes = 64 << 10
const excerptChars = 1000
const longestWaitMs = 86_400_000

/** Sends it to exactly the address that was checked. Never rejects; follows nothing, believes no proxy, keeps no cookie. */
export async function send(letter: Letter, policy: WebhookPolicy, lookup: Lookup, ms = wholeMs): Promise<Outcome> {
  const over = AbortSignal.timeout(ms)
  try {
    const url = new URL(letter.url)
    const address = await inTime(addressFor(url, policy, lookup), over)
    const { message, text } = await exchange(url, address, letter, policy, over)
    return outcomeOf(message, text)
  } catch (error) {
    return { status: null, error: failureOf(error as NodeJS.ErrnoException, over), excerpt: '' }
  }
}

async function inTime<T>(work: Promise<T>, over: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(over.reason)
  over.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    over.removeEventListener('abort', stop)
  }
}

function exchange(url: URL, address: string, { headers, body }: Letter, policy: WebhookPolicy, signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<{ message: IncomingMessage; text: string }>()
  const isHttps = url.protocol === 'https:'
  const sending: ClientRequest = (isHttps ? httpsRequest : httpRequest)({
    host: address,
    port: portOf(url),
    path: url.pathname + url.search,
    method: 'POST',
    headers: { host: url.host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    // no connection is shared, nor a name looked up again: the certificate is checked against the name all the same
    agent: false,
    ...(isHttps && isIP(hostOf(url)) === 0 ? { servername: url.hostname } : {}),
    signal,
  })
  sending.on('error', reject)
  sending.on('socket', (socket) =>
    socket.once('connect', () => {
      try {
        checkAddress(url, socket.remoteAddress ?? '', policy)
      } catch (error) {
        sending.destroy(error as Error)
      }
    }),
  )
  sending.on('response', (message) => {
    textOf(message).then((text) => {
      resolve({ message, text })
      sending.destroy()
    }, reject)
  })
  sending.end(body)
  return promise
}

/** As it came, nothing unpacked, cut at 64 kB. */
function textOf(message: IncomingMessage): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const pieces: Buffer[] = []
  let bytes = 0
  const done = () => resolve(Buffer.concat(pieces).toString('utf8').slice(0, excerptChars))
  message.on('data', (piece: Buffer) => {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= answerBytes) done()
  })
  message.on('end', done)
  message.on('error', reject)
  message.on('aborted', () => reject(new Error('the answer was cut')))
  return promise
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage, excerpt: string): Outcome {
  const retryAfterMs = waitOf(headers['retry-after'])
  return { status, error: errorOf(status), excerpt, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? 'redirect_not_followed' : `status_${status}`
}

/** Retry-After: seconds, or a date (RFC 9110). */
function waitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(longestWaitMs, Math.max(0, ms))
}

function failureOf(error: NodeJS.ErrnoException, over: AbortSignal): string {
  if (error instanceof BlockedError) return `blocked_address: ${error.message}`
  if (over.aborted) return 'timeout'
  return `connection_failed: ${error.code ?? error.message}`
}
