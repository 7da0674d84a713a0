import type { ItemError } from '@manyhands/contracts'
import { processPool } from '@manyhands/contracts'
import type { Task } from '@manyhands/planning'
import { groupKey, jobKey, poolKey, tenantKey } from '@manyhands/redis'
import { asArray, asTasks, asText, type StoreContext } from './context.ts'

export type ProcessSignal = 'SIGTERM' | 'SIGKILL'

/** A signal that was asked for; `number` counts those of one process. */
export interface AskedSignal {
  number: number
  signal: ProcessSignal
}

/** Who runs a process. */
export interface ProcessPlace {
  worker: string
  host: string
  pid?: number | undefined
}

export type NoteReply =
  /** `asked`: the last signal. */
  | { type: 'ok'; asked: AskedSignal | undefined; name: string }
  | { type: 'ended' | 'stale' }
  /** It was started before. */
  | { type: 'begun'; worker: string }

/** A worker is about to start the process of a claim, or has: then there is a pid. May be sent again. */
export async function noteProcess(
  context: StoreContext,
  claim: { job: string; chunk: string; attempt: number },
  { worker, host, pid }: ProcessPlace,
): Promise<NoteReply> {
  const { job, chunk, attempt } = claim
  const reply = await context.scripts['note-process'](context.tenant, job, chunk, attempt, worker, host, pid ?? '')
  const [type, rest, name = ''] = asArray(reply).map(asText)
  if (type === 'ok') return { type, asked: asSignal(rest), name }
  return type === 'begun' ? { type, worker: rest ?? '' } : { type: type as 'ended' | 'stale' }
}

/** Asks for a signal; `unborn`: the error of one that has not begun, and now never will. Undefined when there is no such process. */
export async function signalProcess(
  context: StoreContext,
  job: string,
  signal: ProcessSignal,
  unborn: ItemError,
): Promise<Task[] | undefined> {
  const reply = asArray(await context.scripts['signal-process'](context.tenant, job, signal, JSON.stringify(unborn)))
  return asText(reply[0]) === 'ok' ? asTasks(reply[1]) : undefined
}

/** The last signal that each was asked: what pub/sub told nobody is found here. */
export async function askedSignals({ redis, group, tenant }: StoreContext, jobs: string[]): Promise<(AskedSignal | undefined)[]> {
  const asked = await Promise.all(jobs.map((job) => redis.hget(jobKey(group, tenant, job, 'record'), 'signals')))
  return asked.map(asSignal)
}

/** Ids of processes, newest first, from a position on. */
export async function listProcessIds({ redis, group, tenant }: StoreContext, start: number, count: number): Promise<string[]> {
  return redis.zrevrange(tenantKey(group, tenant, 'processes'), start, start + count - 1)
}

/** How many processes have not ended, and the records of the workers as JSON: they say how many there may be at once. */
export async function processLoad({ redis, group, tenant }: StoreContext): Promise<{ live: number; workers: string[] }> {
  const [live, workers] = await Promise.all([
    redis.scard(poolKey(group, tenant, processPool, 'live')),
    redis.hvals(groupKey(group, 'workers')),
  ])
  return { live, workers: workers.map((row) => row.slice(row.indexOf(' ') + 1)) }
}

function asSignal(text: string | null | undefined): AskedSignal | undefined {
  if (!text) return undefined
  const [number, signal] = text.split(' ')
  return { number: Number(number), signal: signal as ProcessSignal }
}
