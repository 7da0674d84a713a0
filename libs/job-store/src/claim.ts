import type { Backoff, Job, Wire } from '@manyhands/contracts'
import type { Run, Task } from '@manyhands/planning'
import type { ScriptReply } from '@manyhands/redis'
import { asArray, asBytes, asNumber, asTasks, asText, type StoreContext } from './context.ts'

/** Where `take` lines of a slice stand: bytes `[from, to)` of a block, without its first `skip` and its last `drop` lines. */
export interface InputRange {
  key: string
  from: number
  to: number
  take: number
  skip: number
  drop: number
  /** The bytes, when the claim brought them. */
  bytes?: Buffer
}

/** A slice that this worker may run and settle, until somebody else claims it. */
export interface Claim {
  job: string
  chunk: string
  attempt: number
  /** Runs of these items that failed already. */
  tries: number
  /** Workers that vanished while they had it. */
  vanished: number
  kind: Job['kind']
  function: string
  constants: string | undefined
  wire: Wire
  timeoutMs: number | undefined
  attempts: number
  backoff: Backoff | undefined
  /** Names of errors. */
  retryOn: string[] | undefined
  noRetryOn: string[] | undefined
  results: 'keep' | 'once' | 'discard'
  todo: Run[]
  ranges: InputRange[]
}

export interface ClaimReply {
  /** Undefined for a slice that has nothing to do any more. */
  claims: (Claim | undefined)[]
  tasks: Task[]
  /** Absent when any process will do. */
  crew: Crew | undefined
}

/** Processes of a pool's own. */
export interface Crew {
  /** Another one means that older processes are of no use any more. */
  version: string
  /** Called once in each process, with raw JSON text of the array of its arguments. */
  initializer: { function: string; args: string; wire: Wire } | undefined
  maxTasks: number | undefined
}

/** Takes the slices of a task over. */
export async function claimTask(context: StoreContext, task: Task, worker: string): Promise<ClaimReply> {
  const slices = task.slices.flatMap(({ job, chunk, generation }) => [job, chunk, generation])
  const [tasks, replies, own] = asArray(await context.scripts.claim(task.tenant, task.pool, task.id, worker, ...slices))
  return {
    tasks: asTasks(tasks),
    claims: asArray(replies).map((reply, i) => asClaim(task, i, asArray(reply))),
    crew: asCrew(asArray(own).map(asText)),
  }
}

/** The lines of a range, fetched when the claim did not bring them. */
export async function readRange(context: StoreContext, range: InputRange): Promise<Buffer> {
  const bytes = range.bytes ?? (await context.redis.getrangeBuffer(range.key, range.from, range.to - 1))
  return bytes.subarray(startBehind(bytes, range.skip), endBefore(bytes, range.drop))
}

/** Both are fewer than 16 lines: blocks have a row in their table that often. */
function startBehind(bytes: Buffer, lines: number): number {
  let at = 0
  for (let i = 0; i < lines; i++) at = bytes.indexOf(10, at) + 1
  return at
}

function endBefore(bytes: Buffer, lines: number): number {
  let at = bytes.length
  for (let i = 0; i < lines; i++) at = bytes.lastIndexOf(10, at - 2) + 1
  return at
}

function asClaim(task: Task, i: number, reply: ScriptReply[]): Claim | undefined {
  const slice = task.slices[i]
  if (!slice || asText(reply[0]) !== 'run') return undefined
  const [kind, name, constants, wire, timeoutMs, attempts, backoff, results, retryOn, noRetryOn] = asArray(reply[4]).map(asText)
  return {
    job: slice.job,
    chunk: slice.chunk,
    attempt: asNumber(reply[1]),
    tries: asNumber(reply[2]),
    vanished: asNumber(reply[3]),
    kind: kind as Claim['kind'],
    function: name ?? '',
    constants: constants || undefined,
    wire: wire as Wire,
    timeoutMs: timeoutMs ? Number(timeoutMs) : undefined,
    attempts: Number(attempts),
    backoff: backoff ? (JSON.parse(backoff) as Backoff) : undefined,
    retryOn: asNames(retryOn),
    noRetryOn: asNames(noRetryOn),
    results: results as Claim['results'],
    todo: asRuns(asArray(reply[5]).map(asNumber)),
    ranges: asArray(reply[6]).map((range) => asRange(asArray(range))),
  }
}

const asNames = (json: string | undefined) => (json ? (JSON.parse(json) as string[]) : undefined)

function asCrew([version, name, args = '', wire, maxTasks]: string[]): Crew | undefined {
  if (version === undefined) return undefined
  const initializer = name ? { function: name, args, wire: wire as Wire } : undefined
  return { version, initializer, maxTasks: maxTasks ? Number(maxTasks) : undefined }
}

function asRuns(flat: number[]): Run[] {
  const runs: Run[] = []
  for (let i = 0; i < flat.length; i += 2) runs.push([flat[i] ?? 0, flat[i + 1] ?? 0])
  return runs
}

function asRange(reply: ScriptReply[]): InputRange {
  const [key, from, to, take, skip, drop, bytes] = reply
  const range = {
    key: asText(key),
    from: asNumber(from),
    to: asNumber(to),
    take: asNumber(take),
    skip: asNumber(skip),
    drop: asNumber(drop),
  }
  return bytes === undefined ? range : { ...range, bytes: asBytes(bytes) }
}
