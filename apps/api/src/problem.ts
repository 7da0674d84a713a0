import { type Complaint, type ErrorCode, errorTable, media, ProblemError } from '@manyhands/contracts'
import { asProblem } from '@manyhands/jobs'
import { jsonText } from './output/json-text.ts'

/** RFC 9457. `instance` is the request's id: the log has it too. */
export interface ProblemDocument {
  type: string
  title: string
  status: number
  detail: string
  instance: string
  code: ErrorCode
  errors: Complaint[]
  [extra: string]: unknown
}

export const problemType = `${media.problem}; charset=utf-8`

export function problemDocument(problem: ProblemError, instance: string): ProblemDocument {
  const { code, status, message: detail, errors, extra } = problem
  return { type: `https://manyhands.dev/errors/${code}`, title: errorTable[code].title, status, detail, instance, code, errors, ...extra }
}

/** What Fastify itself refuses, by its error code. */
const fastifyErrors: Record<string, [code: ErrorCode, detail: string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', `meant is ${media.json}, or ${media.ndjson} where items are streamed`],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'the body is larger than the limit'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'the body is not as long as Content-Length says'],
  FST_ERR_BAD_URL: ['bad-request', 'the path has a percent sign without two hexadecimal digits of UTF-8 behind it'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid-parameter', 'a part of the path is longer than any name or id may be'],
}

/** Whatever was thrown, as what the caller is told. Of an unforeseen error nothing is told: it may hold secrets. */
export function toProblem(error: unknown): ProblemError {
  const known = asProblem(error)
  if (known instanceof ProblemError) return known
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const row = fastifyErrors[code]
  if (row) return new ProblemError(...row)
  if (code === 'ECONNRESET') return new ProblemError('bad-request', 'the connection was cut')
  return new ProblemError('internal', 'the request could not be served; the log of the server has the reason')
}

/** A whole HTTP answer as text, for sockets that have no response object. The connection ends with it. */
export function rawProblem(problem: ProblemError, instance: string): string {
  const document = problemDocument(problem, instance)
  const body = jsonText(document)
  const head = [
    `HTTP/1.1 ${document.status} ${document.title}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
