import type {
  ErrorCode,
  FunctionRecord,
  Item,
  Job,
  JobOptions,
  JobState,
  PoolRecord,
  ProcessRecord,
  ProcessState,
  Schedule,
  Session,
  Webhook,
  Wire,
  WorkerRecord,
} from '@manyhands/contracts'
import type { PoolChange, ProcessSignal } from '@manyhands/job-store'
import type { Block } from '@manyhands/planning'

/** A job as a route understood it, before anything is stored. */
export interface Submission {
  kind: Job['kind']
  pool: string
  function: string
  options: JobOptions
  /** Raw JSON text of the array of constants of a map; for an apply its kwargs are the last argument already. */
  constants?: string | undefined
  wire: Wire
  /** Items that will come, if known. */
  length?: number | undefined
  /** An open map: items come by append. */
  open?: boolean | undefined
  /** Of a process: what it is called, and what was said of it. */
  process?: { name: string; daemon: boolean } | undefined
  idempotency?: Idempotency | undefined
}

export interface Idempotency {
  key: string
  /** Hash of what makes two requests the same (engine.md: Input). */
  fingerprint: string
}

export interface Submitted {
  job: Job
  /** The same Idempotency-Key had made this job before. */
  replayed: boolean
  /** All results, when they came along with the news of the end. */
  results?: { wire: Wire; parts: ResultPart[] }
}

export interface SubmitWait {
  ms: number
  signal: AbortSignal
}

/** An upload that streams: its record is open, its items may run already. */
export interface Upload extends Submitted {
  /** Fires when the job is found to take no more; the reason is the ProblemError that `append` would throw. */
  refused: AbortSignal
  /** Stores a block; waits while the job has its window full of unread input. Throws ProblemError when the job ended meanwhile. */
  append(block: Block): Promise<void>
  /** The input has ended. Returns the job as it stands then. */
  end(): Promise<Job>
  /** The input was cut: the job is cancelled with `input-aborted`. */
  abort(reason: string): Promise<void>
}

export interface ResultPart {
  /** Item indexes, `[from, to)` each, in the order of the lines. */
  runs: [from: number, to: number][]
  /** Line positions within the part that hold an error instead of a value. */
  failed: number[]
  /** One JSON value a line, LF-ended. */
  lines: Buffer
}
export type ResultEvent = { type: 'part'; part: ResultPart } | { type: 'idle' } | { type: 'end'; job: Job }

export interface ResultQuery {
  order: 'input' | 'completion'
  /** Lines the reader has already. */
  after: number
  /** In the order of the input: items that never ran come too, once the job has ended, as failed ones with the code `not-run`. */
  notRun?: boolean
  signal: AbortSignal
}

export interface FailedEntry {
  index: number
  error: unknown
  attempts: number
  /** Time inside the function. */
  ms: number
  /** Raw JSON text of the item. */
  input: string
}

/** One item. `value` and `input` are raw JSON text (an input may be none). */
export type ItemEntry = Omit<Item, 'value' | 'error' | 'input'> & { value?: string; error?: unknown; input?: string }

/** A schedule as a route understood it. */
export interface NewSchedule {
  id?: string | undefined
  when: { cron: string; timeZone: string } | { everyMs: number }
  submission: Submission
  /** Raw JSON text of the items. */
  lines: string[]
  paused: boolean
}

/** What webhooks tell. */
export interface Told {
  job: Job
  webhook?: Webhook
}

/** Which jobs are meant: those that have all of it. */
export interface JobMatch {
  state?: JobState
  function?: string
  pool?: string
  /** Id of the job that submitted them. */
  parent?: string
  labels: Record<string, string>
}

export interface JobFilter extends JobMatch {
  cursor?: string
  limit: number
}

/** The same thing is to be done with many jobs. */
export interface BulkFilter extends JobFilter {
  /** Only tell which jobs are meant. */
  dryRun: boolean
}

/** What came of one request for many jobs. */
export interface BulkOutcome {
  /** Ids of the jobs it was done with, or would be. */
  jobs: string[]
  /** Of a retry: ids of the new jobs, in the same order. */
  retries?: string[]
  /** Jobs that could not. */
  refused: { id: string; code: ErrorCode; detail: string }[]
  /** There may be more jobs, from here on. */
  cursor: string | null
}

export interface StartedProcess {
  process: ProcessRecord
  /** The same Idempotency-Key had made this process before. */
  replayed: boolean
}

export interface ProcessFilter {
  state?: ProcessState
  function?: string
  labels: Record<string, string>
  cursor?: string
  limit: number
}

export interface OutputQuery {
  /** Bytes that the reader has already. */
  after: number
  /** Whether to wait for more until the process has ended. */
  follow: boolean
  signal: AbortSignal
}

/** `end`: bytes that were written up to there. */
export type OutputEvent =
  | { type: 'piece'; stream: 'stdout' | 'stderr'; bytes: Buffer; end: number }
  /** So many bytes went before they were read. */
  | { type: 'dropped'; bytes: number; end: number }
  | { type: 'idle' }
  /** Absent process: it still runs, or was forgotten. */
  | { type: 'end'; process: ProcessRecord | undefined }

/** What happens with a job. `after`: failures that were told before these. */
export type JobEvent =
  | { type: 'progress'; job: Job }
  | { type: 'failures'; after: number; items: FailedEntry[] }
  | { type: 'idle' }
  | { type: 'end'; job: Job }

/** What happens with the jobs of a session. `at`: a place to go on from. */
export type SessionEvent =
  /** `value`: of an apply that succeeded, raw JSON text, if it is small. */
  | { type: 'ended'; at: string; job: string; state: string; value?: string }
  /** `error` and `attempts`: while the job is not forgotten. */
  | { type: 'failure'; at: string; job: string; index: number; error?: unknown; attempts?: number }
  | { type: 'progress'; at: string; job: string; state: Job['state']; items: Job['items'] }
  /** Ends were told that are kept no more. */
  | { type: 'gap' }
  | { type: 'idle' }
  | { type: 'over' }

/** The product's story, for one tenant of one group. Every method throws ProblemError for what a caller did wrong. */
export interface Jobs {
  /** Input in hand: all or nothing. Blocks may be empty. With `wait` the job is answered once it has ended, or as it stands then. */
  submit(submission: Submission, blocks: Block[], wait?: SubmitWait): Promise<Submitted>
  /** Many applies of one request: each its own job, all of them or none, in one round trip. */
  submitMany(calls: { submission: Submission; line: Buffer }[]): Promise<Submitted[]>
  /** Opens a streamed upload. `hold`: nothing runs before the end (`start=end`). */
  upload(submission: Submission, options: { hold: boolean }): Promise<Upload>
  /** Opens a map that takes items by `append`. */
  open(submission: Submission): Promise<Submitted>
  /** Appends items to an open map. `offset`: items the caller believes are stored. Overlap is skipped by count; a gap throws `offset-mismatch` with `total`. Returns the stored total, and how many of those sent are among it (skipped ones included), which may be less than was sent. */
  append(id: string, offset: number, blocks: AsyncIterable<Block>): Promise<{ total: number; accepted: number }>
  close(id: string): Promise<Job>
  /** What happens with a job, until its end; failures behind the first `after`. Throws not-found. */
  events(id: string, after: number, signal: AbortSignal): Promise<AsyncIterable<JobEvent>>
  /** The job; with `waitMs`, once it has ended or the time is over. Throws not-found. */
  get(id: string, waitMs?: number, signal?: AbortSignal): Promise<Job>
  /** The job, and whom it named to be told of it, with its secret; undefined when it is forgotten. */
  told(id: string): Promise<Told | undefined>
  list(filter: JobFilter): Promise<{ jobs: Job[]; cursor: string | null }>
  /** Parts as they stand, live while the job runs; `idle` at least every 10 s without news; ends with `end`. */
  results(id: string, query: ResultQuery): Promise<{ wire: Wire; events: AsyncIterable<ResultEvent> }>
  failedItems(id: string, cursor: string | undefined, limit: number): Promise<{ items: FailedEntry[]; cursor: string | null }>
  /** One item, by its index in the first job. Throws not-found; of a job that ended early without keeping its results, results-consumed and results-discarded. */
  item(id: string, index: number): Promise<ItemEntry>
  cancel(id: string, reason?: string): Promise<Job>
  /** Cancels the jobs that live and fit. Asked again, it goes on where it stopped. */
  cancelMany(filter: BulkFilter): Promise<BulkOutcome>
  /** Retries the ended jobs that fit and have failed items, but for those that a job runs again already. */
  retryMany(filter: BulkFilter): Promise<BulkOutcome>
  /** A new job of the failed items of an ended one, or the one that the same Idempotency-Key had made. */
  retry(id: string, idempotency?: Idempotency): Promise<Submitted>
  /** Unlinks every key of an ended job. */
  forget(id: string): Promise<void>
  /** Starts a process of its own. With `waitMs` it is answered once it runs, or has to wait for room. */
  startProcess(submission: Submission, block: Block, waitMs?: number, signal?: AbortSignal): Promise<StartedProcess>
  /** The process; with `waitMs`, once it has ended or the time is over. Throws not-found. */
  process(id: string, waitMs?: number, signal?: AbortSignal): Promise<ProcessRecord>
  processes(filter: ProcessFilter): Promise<{ processes: ProcessRecord[]; cursor: string | null }>
  /** Harmless after its end. Throws not-found. */
  signalProcess(id: string, signal: ProcessSignal): Promise<ProcessRecord>
  /** What it wrote, as far as it is kept. Throws not-found. */
  processOutput(id: string, query: OutputQuery): Promise<AsyncIterable<OutputEvent>>
  forgetProcess(id: string): Promise<void>
  functions(): Promise<FunctionRecord[]>
  /** Hands out nothing more of a function, or goes on with it. Throws function-not-found. */
  pauseFunction(name: string, paused: boolean): Promise<FunctionRecord>
  workers(): Promise<WorkerRecord[]>
  pools(): Promise<PoolRecord[]>
  /** The pool; with `waitMs`, once none of its jobs lives, or the time is over. Throws not-found. */
  pool(name: string, waitMs?: number, signal?: AbortSignal): Promise<PoolRecord>
  /** Creates or changes a pool; null takes a setting away. Throws pool-closed. */
  putPool(name: string, change: PoolChange): Promise<PoolRecord>
  /** New jobs are refused, those that live run on. */
  closePool(name: string): Promise<PoolRecord>
  /** New jobs are refused, those that live are cancelled. */
  terminatePool(name: string): Promise<PoolRecord>
  deletePool(name: string): Promise<void>
  /** Makes a schedule. Throws schedule-id-taken, and invalid-parameter for what never fires. */
  createSchedule(schedule: NewSchedule): Promise<Schedule>
  schedules(): Promise<Schedule[]>
  schedule(id: string): Promise<Schedule>
  pauseSchedule(id: string, paused: boolean): Promise<Schedule>
  deleteSchedule(id: string): Promise<void>
  /** A client's lease: what belongs to it ends with it. */
  openSession(leaseMs?: number): Promise<Session>
  /** Throws session-not-found. */
  prolongSession(id: string): Promise<Session>
  /** Ends of the session's jobs behind a place, until the end of the session. Throws session-not-found. */
  sessionEvents(id: string, after: string, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>>
  closeSession(id: string): Promise<void>
  /** Rejects within a second when Redis is out of reach. */
  ping(): Promise<void>
}
