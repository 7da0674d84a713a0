import type { ItemError, Wire } from '@manyhands/contracts'
import type { Policy } from '@manyhands/functions'

/** How the items of a slice are called. */
export interface Call {
  job: string
  /** Runs of these items that failed already, and one. */
  attempt: number
  function: string
  /** map: `f(item, ...constants)`; star: the item is the array of arguments, `f(...item)`. */
  mode: 'map' | 'star'
  /** Raw JSON text of the array of constants; absent = none. */
  constants?: string | undefined
  wire: Wire
  /** By which claim of which chunk it runs: what it writes to shared objects is refused once there is a later one. */
  claim?: { chunk: string; attempt: number } | undefined
  /** Longest run of one item in milliseconds; absent = no limit. */
  timeoutMs?: number | undefined
}

/** Consecutive work of one job inside a task. */
export interface Slice {
  call: Call
  /** Item indexes, `[from, to)` each, in the order of the lines of `input`. */
  runs: [from: number, to: number][]
  /** One raw JSON value a line, LF-ended: as many lines as the runs have items. */
  input: Buffer
  /** Aborts this slice alone: what has not started is dropped, what computes is killed. */
  signal: AbortSignal
  /** Aborts gently: what has not started is left, and told to nobody; what computes ends in its own time. */
  yields?: AbortSignal | undefined
  /** How far an item is, as a small JSON text, about four times a second at most. */
  onProgress?: ((index: number, value: string) => void) | undefined
}

export interface FailedItem {
  index: number
  error: ItemError
  /** The item's input line without its LF. */
  input: Buffer
  /** The end of what it wrote, when it wrote anything. */
  log?: string
}

/** Settled items of one slice: consecutive indexes, told as they finish. */
export interface Outcome {
  /** Position in the slices that were given to `run`. */
  slice: number
  from: number
  to: number
  /** One JSON value a line, LF-ended; at a failed index the line is the error as JSON. */
  lines: Buffer
  failed: FailedItem[]
  /** Time inside the function, summed, in microseconds. */
  itemUs: number
  /** CPU time of the process meanwhile, in microseconds. */
  cpuUs: number
}

/** Called once in each process, before its first item. */
export interface Initializer {
  function: string
  /** Raw JSON text of the array of arguments. */
  args: string
  wire: Wire
}

/** Which processes a task needs: those of one crew are not used by another. */
export interface Crew {
  /** The pool and the version of its settings. */
  key: string
  initializer?: Initializer | undefined
  /** Tasks after which a process is replaced. */
  maxTasks?: number | undefined
}

/** The initializer of a crew failed: no process of it comes up. */
export class InitializerError extends Error {
  override readonly name = 'InitializerError'
  readonly error: ItemError

  constructor(error: ItemError) {
    super(error.message)
    this.error = error
  }
}

/** Hears that the function of a task waits for nested work: others may have its place meanwhile. */
export interface Waits {
  /** It waits. */
  begin(): void
  /** It has what it waited for; resolves when it may go on, at once when it did not wait. */
  end(): Promise<void>
  /** A process died, and items of a job from `from` up to `to`, excluded, run from their beginning: what they have submitted is wanted no more. */
  again(job: string, from: number, to: number): Promise<void>
}

/** One slot of the pool, held for one task: at most one living process at a time. */
export interface Seat {
  /**
   * Runs the slices in order, one item at a time. Resolves when every item of every slice that was not aborted and did not yield has been told to `onOutcome`
   * exactly once, and nothing of these slices computes any more. Deaths of the process are dealt with inside (docs/child-protocol.md).
   * Rejects when the pool is stopped, and with InitializerError.
   * @param crew absent: any process will do that ran no initializer
   * @param waits absent: a function that waits keeps its slot
   */
  run(slices: Slice[], onOutcome: (outcome: Outcome) => void, crew?: Crew, waits?: Waits): Promise<void>
  /** Lets others have the slot; the process stays, and computes nothing until `rejoin()`. */
  leave(): void
  /** Takes a slot again, before all who wait for one. Rejects when the pool is stopped, or with the reason of the signal. */
  rejoin(signal: AbortSignal): Promise<void>
  /** Gives the slot back. */
  release(): void
}

/** One call in a fresh process of its own. */
export interface OwnCall {
  call: Call
  /** The JSON array of the arguments, LF-ended. */
  input: Buffer
  /** What the process is called. */
  name: string
  /** What it writes, as it comes. */
  onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => void
}

/** A process that runs one call and ends. */
export interface OwnProcess {
  /** Undefined when it could not be started at all. */
  readonly pid: number | undefined
  /** Resolves when it is gone and all it has written was heard. Never rejects. */
  readonly ended: Promise<OwnEnd>
  /** Asks it to end: by SIGTERM alone; or it is killed at once. Harmless after its end. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void
  /** Nobody wants it any more: aborts the task's signal, SIGTERM, and SIGKILL 200 ms later. */
  cancel(): void
}

/** How a process of its own ended. */
export interface OwnEnd {
  /** 0, what it exited with, 1 when the function threw, or the negative number of a signal. */
  exitCode: number
  /** The signal that ended it. */
  signal: NodeJS.Signals | null
  /** Absent when the exit code is 0. */
  error: ItemError | undefined
  /** This worker stops, and took it along. */
  isLost: boolean
  itemUs: number
  cpuUs: number
}

/** What a function author declared, as the first child of a pool reports it. */
export interface LoadedFunction extends Policy {
  name: string
  /** Whether a schema checks the input. */
  input: boolean
}

/** Where shared objects are. */
export interface SharingAddress {
  redisUrl: string
  group: string
  tenant: string
  /** URLs of Redis that vote for locks; empty = there are none. */
  lockNodes: readonly string[]
  /** Longest lease of a lock they vote for, in milliseconds. */
  lockTtlMs: number
}

/** Hears of processes that acquire locks: whoever computes can't renew them. */
export interface LockKeeping {
  /** @param ttlMs the lease of the lock */
  holds(holder: string, ttlMs: number): void
  /** The process is gone: its locks are free. */
  gone(holder: string): void
}

export interface ProcessPoolOptions {
  /** Slots: processes that may run at once. */
  processes: number
  /** Absolute path of the functions: an index module, or a folder. A program of its own may do without. */
  functions?: string | undefined
  /** Program and arguments of a child in another language (docs/child-protocol.md). Absent: our own, on Node. */
  command?: readonly [program: string, ...args: string[]] | undefined
  /** Extra arguments for the child's Node, for example `--import tsx`. */
  execArgv?: string[]
  /** Written into errors (`at`). */
  worker: string
  host: string
  /** '' = what `start()` tells: a hash of the functions' files. */
  build: string
  /** Largest result of one item, in bytes. */
  maxResultBytes: number
  /** Resident bytes of a child beyond which it is killed as `out-of-memory`. */
  memoryBytes: number
  /** A process of a crew that has nothing to do for so long is given back, in milliseconds. Default 10 s. */
  idleMs?: number
  /** Absent: functions have no shared objects. */
  sharing?: SharingAddress | undefined
  locks?: LockKeeping | undefined
  /** A line that a function wrote on stdout or stderr. `label` is like `resize[17]`. */
  onOutput?: (line: { label: string; stream: 'stdout' | 'stderr'; text: string }) => void
}

/** A worker's child processes. Lives between `start()` and `stop()`. */
export interface ProcessPool {
  /** Spawns the first child and returns what it loaded. Throws FunctionsError, whose message is fit for a terminal, when the module does not load; the pool is stopped then. */
  start(): Promise<{ functions: LoadedFunction[]; skipped: string[]; build: string }>
  /** A free slot; waits for one. `crew`: key of the crew whose processes would be best. */
  seat(signal?: AbortSignal, crew?: string): Promise<Seat>
  /** Starts a process of its own for one call, beside the slots. Throws when the pool is stopped. */
  spawn(wanted: OwnCall): OwnProcess
  /** Undefined: a slot is free. Else resolves when one is, and at the stop. */
  room(): Promise<void> | undefined
  /** Slots in use now. */
  readonly busy: number
  /** Kills every child, and resolves when they are gone. */
  stop(): Promise<void>
}
