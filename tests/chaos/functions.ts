import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { currentTask } from '@manyhands/functions'
import type { SharedDict, SharedLock } from '@manyhands/objects'

/** What an item of a chaos test is to do. */
export type Deed =
  /** Computes for `ms`. */
  | { do: 'compute'; ms: number }
  /** Takes `ms` and leaves the processor to others. */
  | { do: 'pause'; ms: number }
  /** Goes on once there is a file of this name, or of this name and its process id. */
  | { do: 'wait'; gate: string }
  /** Throws until its nth attempt. */
  | { do: 'throw'; before: number }
  | { do: 'kill' }
  | { do: 'abort' }
  | { do: 'hoard' }

const deeds: { [K in Deed['do']]: (deed: Extract<Deed, { do: K }>) => void | Promise<void> } = {
  compute: ({ ms }) => compute(ms),
  pause: ({ ms }) => pause(ms),
  wait: ({ gate }) => opened(gate),
  throw: ({ before }) => {
    const { attempt } = currentTask()
    if (attempt < before) throw new RangeError(`attempt ${attempt}`)
  },
  kill: () => {
    process.kill(process.pid, 'SIGKILL')
    compute(10_000)
  },
  abort: () => process.abort(),
  hoard,
}

/** Does it, and answers with the process that did. When it began and when it ended stands in the journal, which outlives the process. */
export function act<D extends Deed>(deed: D, journal: string): number | Promise<number> {
  const begun = note(journal, 'begin', 0)
  const ended = () => {
    note(journal, 'end', performance.now() - begun)
    return process.pid
  }
  const doing = (deeds[deed.do] as (deed: D) => void | Promise<void>)(deed)
  return doing ? doing.then(ended) : ended()
}

/** Waits at the gate, and then writes who it is; in the journal stands whether it was let. */
export async function share(gate: string, journal: string, dict: SharedDict<Record<string, number>>): Promise<number> {
  note(journal, 'begin', 0)
  await opened(gate)
  const word = await dict.set('by', process.pid).then(
    () => 'written',
    (error: { code: string }) => error.code,
  )
  note(journal, word, 0)
  return process.pid
}

/** Acquires a lock of this lease, computes for so long without a pause, and tells whether it still has it. */
export async function hold(lock: SharedLock, ttlMs: number, ms: number): Promise<{ token: string; isLost: boolean }> {
  const grant = await lock.acquire({ ttlMs, timeout: 10 })
  if (!grant) throw new Error('somebody has the lock')
  compute(ms)
  await pause(20)
  const isLost = grant.signal.aborted
  await grant.release()
  return { token: grant.token, isLost }
}

/** Acquires a lock and dies with it. */
export async function holdAndDie(lock: SharedLock, ttlMs = 60_000): Promise<void> {
  await lock.acquire({ ttlMs })
  process.kill(process.pid, 'SIGKILL')
  compute(10_000)
}

/** One line, appended whole. */
function note(journal: string, event: string, took: number): number {
  const { id, index, attempt } = currentTask()
  appendFileSync(journal, `${event} ${id} ${index} ${attempt} ${process.pid} ${performance.timeOrigin + performance.now()} ${took}\n`)
  return performance.now()
}

function compute(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

async function opened(gate: string): Promise<void> {
  while (!existsSync(gate) && !existsSync(`${gate}.${process.pid}`)) await pause(5)
}

/** Takes memory until it is killed; there is an end, should nobody do so. */
function hoard(): void {
  const kept: Buffer[] = []
  while (kept.length < 2000) {
    kept.push(Buffer.alloc(1 << 20, 1))
    compute(1)
  }
}

/** Any JSON value to another one, so that each input has an answer that tells it from the others; what is odd is refused. */
export function describe(value: unknown): { type: string; text: string } {
  const text = JSON.stringify(value)
  if (text.length % 7 === 3) throw new RangeError(`odd: ${text}`)
  return { type: Array.isArray(value) ? 'array' : typeof value, text }
}

/** The same, slowly: `ms` an item. */
export async function describeSlowly(value: unknown, ms: number): Promise<{ type: string; text: string }> {
  await pause(ms)
  return describe(value)
}
