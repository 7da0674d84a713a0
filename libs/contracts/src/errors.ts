/**
 * Every error a caller can meet, in one table. An HTTP answer has the row's status and title (RFC 9457 problem details);
 * an item's error carries the same `code`. docs/errors.md is held equal to this table by a test.
 */
interface ErrorRow {
  /** HTTP status, or null for errors that only ever stand on a job or an item. */
  status: number | null
  title: string
  /** Whether the same call may succeed later without a change. */
  retryable: boolean
}

const row = (status: number | null, title: string, retryable = false): ErrorRow => ({ status, title, retryable })

export const errorTable = {
  'invalid-json': row(400, 'The body is not acceptable JSON'),
  'too-deep': row(400, 'The JSON is nested deeper than 64 levels'),
  'number-not-representable': row(400, 'A number cannot be held exactly by JSON numbers here'),
  'unknown-field': row(400, 'The body or query has a field that does not exist'),
  'invalid-parameter': row(400, 'A field, parameter or header has a value that is not allowed'),
  'filter-required': row(400, 'A request for many jobs does not say which'),
  'invalid-ttl': row(400, 'A lease is no whole number of milliseconds from 1 on, or is too long'),
  'invalid-idempotency-key': row(400, 'The Idempotency-Key is not 1 to 255 visible ASCII characters'),
  'bad-request': row(400, 'The request is not valid HTTP'),
  'not-found': row(404, 'There is nothing with this id'),
  'session-not-found': row(404, 'The session has ended, or never was'),
  'parent-not-found': row(404, 'There is no job with the id of the parent'),
  'function-not-found': row(404, 'No worker has ever registered this function'),
  'manager-not-found': row(404, 'There is no manager of this name'),
  'object-not-found': row(404, 'There is no such shared object'),
  'method-not-found': row(404, 'Objects of this type have no such method'),
  'key-error': row(404, 'There is no such key'),
  'attribute-error': row(404, 'There is no such name'),
  'route-not-found': row(404, 'There is no such route'),
  'method-not-allowed': row(405, 'The route does not take this method'),
  'request-timeout': row(408, 'The request came too slowly', true),
  'job-id-taken': row(409, 'A job with this id exists already'),
  'schedule-id-taken': row(409, 'A schedule with this id exists already'),
  'job-not-ended': row(409, 'The job has not ended', true),
  'parent-ended': row(409, 'The job that is named as the parent has ended'),
  'daemonic-parent': row(409, 'A daemonic process may not have children'),
  'nested-too-deep': row(409, 'Jobs were submitted from inside jobs, deeper than the limit'),
  'object-differs': row(409, 'An object of this name was made with other arguments'),
  'version-mismatch': row(409, 'The object was written to since'),
  'type-differs': row(409, 'The object holds numbers of another type'),
  'not-lock-holder': row(409, 'Another has the lock'),
  'lock-expired': row(409, 'The lease has ended'),
  fenced: row(409, 'The lock of the fence was granted again, or the task that writes was'),
  'queue-empty': row(409, 'The queue is empty', true),
  'queue-full': row(409, 'The queue is full', true),
  'broken-barrier': row(409, 'The barrier is broken'),
  'assertion-error': row(409, 'This is not the time, or the owner, for it'),
  'os-error': row(409, 'This end of the pipe is closed, or does not go this way'),
  'eof-error': row(410, 'The other end of the pipe is closed, and nothing is left'),
  'pool-closed': row(409, 'The pool takes no more jobs'),
  'not-open': row(409, 'The job does not take more items'),
  'offset-mismatch': row(409, 'The items do not begin where the stored ones end'),
  'reader-exists': row(409, 'Another reader is reading these results', true),
  'idempotency-in-progress': row(409, 'The first request with this Idempotency-Key still runs', true),
  'results-consumed': row(410, 'These results were read and freed'),
  'results-discarded': row(410, 'The job was submitted with results=discard'),
  'body-too-large': row(413, 'The body is larger than the limit'),
  'item-too-large': row(413, 'An item is larger than the limit'),
  'result-set-too-large': row(413, 'The whole result is larger than the limit of this route'),
  'unsupported-encoding': row(415, 'Content-Encoding is not supported'),
  'unsupported-media-type': row(415, 'The Content-Type is not supported here'),
  'index-error': row(422, 'There is no such place'),
  'value-error': row(422, 'The value is none that is meant here'),
  'type-error': row(422, 'The value is of another kind than is meant here'),
  'overflow-error': row(422, 'The number is too large for what would hold it'),
  'too-many-items': row(422, 'The job has more items than the limit'),
  'idempotency-key-reused': row(422, 'The Idempotency-Key was used for another request'),
  'webhook-url-not-allowed': row(422, 'Webhooks may not be sent to this URL'),
  'webhook-secret-missing': row(422, 'There is no secret to sign the webhook with'),
  'quota-exceeded': row(429, 'Too many requests are under way', true),
  'headers-too-large': row(431, 'The request headers are larger than the limit'),
  internal: row(500, 'The server failed'),
  'redis-unavailable': row(503, 'Redis cannot be reached', true),
  'store-full': row(503, 'Redis has no room for new work', true),
  stopping: row(503, 'The server is stopping', true),
  'function-error': row(null, 'The function threw'),
  'invalid-input': row(null, "The input does not fit the function's schema"),
  'function-not-loaded': row(null, 'The worker that took the item does not have the function'),
  'initializer-failed': row(null, "The pool's initializer failed"),
  'worker-crashed': row(null, 'The process died while it ran the item'),
  'process-lost': row(null, 'The worker died, and the process with it'),
  'out-of-memory': row(null, 'The process used more memory than its limit'),
  timeout: row(null, 'The item ran longer than timeoutMs'),
  'deadline-exceeded': row(null, 'The job ran longer than deadlineMs'),
  'result-too-large': row(null, 'The result is larger than the limit'),
  'result-not-serializable': row(null, 'The result cannot be written as JSON'),
  cancelled: row(null, 'The job was cancelled'),
  'not-run': row(null, 'The item was never run'),
  'too-many-failures': row(null, 'More items failed than maxFailures allows'),
  'input-aborted': row(null, 'The input stopped before its end'),
  'no-reader': row(null, 'Nobody read the results in time'),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorTable

/** Whether the same call may succeed later without a change. */
export const passes = (code: ErrorCode): boolean => errorTable[code].retryable

/** One place in a body that was refused. */
export interface Complaint {
  /** JSON pointer (RFC 6901) into the body, or the name of a query parameter or header. */
  pointer: string
  detail: string
}

/** An error that a route answers as `application/problem+json`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ErrorCode
  readonly errors: Complaint[]
  /** Extra members of the problem document (RFC 9457 section 3.2), for example `total`. */
  readonly extra: Record<string, unknown>
  /** Seconds for the Retry-After header; absent = none. */
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, detail: string, more: { errors?: Complaint[]; extra?: Record<string, unknown>; retryAfter?: number } = {}) {
    super(detail)
    this.code = code
    this.errors = more.errors ?? []
    this.extra = more.extra ?? {}
    this.retryAfter = more.retryAfter
  }

  get status(): number {
    return errorTable[this.code].status ?? 500
  }
}

/** The error of an item or a job, as it stands in answers (docs/child-protocol.md, rule 6). Own fields of the thrown error come beside these. */
export interface ItemError {
  name: string
  code: ErrorCode
  message: string
  stack?: string
  at?: { worker: string; host: string; build: string; attempt: number }
  [ownField: string]: unknown
}
