import { AssertionError, ManyhandsError, ValueError } from '@manyhands/objects'

export { AssertionError, ManyhandsError, ValueError }

/** An item's error as the server tells it (docs/child-protocol.md, rule 6), after its tags were decoded. */
export interface RemoteErrorRecord {
  name?: string
  code?: string
  message?: string
  stack?: string
  at?: WorkerPlace
  [ownField: string]: unknown
}

/** Where a function failed. */
export interface WorkerPlace {
  worker: string
  host: string
  build: string
  attempt: number
}

/** The worker of a process died, and the process with it: nobody knows its exit code. `jobId` is its id. */
export class ProcessLostError extends ManyhandsError {
  static {
    ProcessLostError.prototype.name = 'ProcessLostError'
  }
  constructor(message: string, jobId: string | undefined) {
    super(message, 'process-lost', { jobId })
  }
}

/** `get(timeout)` ran out of time. Its `name` is Python's; the job goes on. */
export class ManyhandsTimeoutError extends ManyhandsError {
  static {
    ManyhandsTimeoutError.prototype.name = 'TimeoutError'
  }
  constructor(message: string) {
    super(message, 'timeout')
  }
}

/** The server could not be reached, or the connection was cut more often than is tried again. */
export class ConnectionError extends ManyhandsError {
  static {
    ConnectionError.prototype.name = 'ConnectionError'
  }
  constructor(message: string, cause?: unknown) {
    super(message, 'connection-failed', cause === undefined ? {} : { cause })
  }
}

/** The server refused a request (RFC 9457 problem details). */
export class RequestError extends ManyhandsError {
  static {
    RequestError.prototype.name = 'RequestError'
  }
  readonly status: number
  /** The places in the request that were refused. */
  readonly errors: { pointer: string; detail: string }[]
  readonly requestId: string | undefined
  /** Members of the problem beside the standard ones, for example `total`. */
  readonly problem: Record<string, unknown>
  /** Milliseconds to wait before another try, if the server said so. */
  readonly retryAfterMs: number | undefined

  constructor(status: number, problem: Record<string, unknown>, retryAfterMs?: number) {
    super(wordsOf(problem, status), typeof problem.code === 'string' ? problem.code : `http-${status}`)
    this.status = status
    this.problem = problem
    this.errors = Array.isArray(problem.errors) ? problem.errors : []
    this.requestId = typeof problem.instance === 'string' ? problem.instance : undefined
    this.retryAfterMs = retryAfterMs
  }
}

/** Jobs were submitted from inside jobs, deeper than the server takes (MANYHANDS_MAX_DEPTH). Its `name` is Python's. */
export class RecursionError extends RequestError {
  static {
    RecursionError.prototype.name = 'RecursionError'
  }
}

/** Passes over a refusal that means: there is nothing of that name any more. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof RequestError && error.status === 404)) throw error
}

function wordsOf(problem: Record<string, unknown>, status: number): string {
  const places = Array.isArray(problem.errors) ? problem.errors.map((place) => `${place.pointer}: ${place.detail}`) : []
  const said = problem.detail ?? problem.title ?? `the server answered ${status}`
  return [String(said), ...places].join('\n  ')
}

/** The job as a whole ended without its results: cancelled, past its deadline, too many failures. */
export class JobError extends ManyhandsError {
  static {
    JobError.prototype.name = 'JobError'
  }
}

/** The job was cancelled, by this program or by another. */
export class JobCancelledError extends JobError {
  static {
    JobCancelledError.prototype.name = 'JobCancelledError'
  }
  constructor(message: string, jobId?: string) {
    super(message, 'cancelled', { jobId })
  }
}

/** The stack of a function that failed elsewhere; stands as the `cause` of its error. */
export class RemoteTraceback extends Error {
  static {
    RemoteTraceback.prototype.name = 'RemoteTraceback'
  }
  constructor(stack: string) {
    super('the function failed in its worker')
    this.stack = stack
  }
}

const fixedFields = new Set(['name', 'message', 'stack', 'code', 'at', 'cause', 'index', 'jobId', '__proto__', 'constructor'])

/** An item failed. It bears the name, message and own fields of what the function threw; the remote stack is its cause. */
export class RemoteError extends ManyhandsError {
  static {
    RemoteError.prototype.name = 'RemoteError'
  }
  /** Which item; 0 for an apply. */
  readonly index: number
  readonly at: WorkerPlace | undefined
  readonly [ownField: string]: unknown

  constructor(record: RemoteErrorRecord, index: number, jobId?: string) {
    const cause = record.stack === undefined ? {} : { cause: new RemoteTraceback(record.stack) }
    super(record.message ?? 'the function failed', record.code ?? 'function-error', { jobId, ...cause })
    this.index = index
    this.at = record.at
    if (record.name !== undefined) this.#rename(record.name)
    for (const [field, value] of Object.entries(record)) if (!fixedFields.has(field)) Object.assign(this, { [field]: value })
  }

  #rename(name: string): void {
    const stack = this.stack?.replace(this.name, () => name)
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true })
    Object.defineProperty(this, 'stack', { value: stack, configurable: true, writable: true })
  }
}

/** The function returned something that can't be sent. Its process lives on. */
export class MaybeEncodingError extends RemoteError {
  constructor(record: RemoteErrorRecord, index: number, jobId?: string) {
    super({ ...record, name: 'MaybeEncodingError' }, index, jobId)
  }
}

/** The error of one item as its caller sees it. */
export function itemError(record: RemoteErrorRecord, index: number, jobId: string | undefined): RemoteError {
  const Kind = record.code === 'result-not-serializable' ? MaybeEncodingError : RemoteError
  return new Kind(record, index, jobId)
}

const jobCodes = new Set(['cancelled', 'too-many-failures', 'deadline-exceeded', 'input-aborted', 'no-reader'])

/** The error of a whole job, or undefined when `record` is only the error of one of its items. */
export function jobError(record: RemoteErrorRecord, jobId: string | undefined, failure?: RemoteError): JobError | undefined {
  const { code = '', message } = record
  if (!jobCodes.has(code)) return undefined
  if (code === 'cancelled') return new JobCancelledError(message ?? 'the job was cancelled', jobId)
  return new JobError(message ?? `the job ended: ${code}`, code, failure ? { jobId, cause: failure } : { jobId })
}
