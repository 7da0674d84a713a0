import type { Run, Task } from '@manyhands/planning'
import { asArray, asNumber, asTasks, asText, type StoreContext } from './context.ts'

/** Settled items `[from, to)` in one piece. */
export interface NewPart {
  from: number
  to: number
  failed: number
  /** Header line and one value a line, as it is stored. */
  bytes: Buffer
}

/** What a worker says of one slice. A chunk may be settled in steps. */
export interface SliceSettlement {
  job: string
  chunk: string
  attempt: number
  /** The worker is through with the slice: what is left of it is handed back. */
  final: boolean
  parts: NewPart[]
  /** Failed items: index, their row as JSON, and the end of what they wrote. */
  failed: { index: number; row: string; log?: string | undefined }[]
  /** Counts of equal errors: `[name, code, message]` as JSON, how many, the lowest index. */
  faults: { key: string; count: number; firstIndex: number }[]
  /** Runs that get another try, after `delay` milliseconds. */
  again: Run[]
  delay: number
  itemUs: number
  cpuUs: number
}

/** ok | split: ok, and others are idle: hand back what has not started | stale: another attempt has it | ended: the job has | gone: settled before, or forgotten. */
export type SettleAnswer = 'ok' | 'split' | 'stale' | 'ended' | 'gone'

export interface SettleReply {
  answers: SettleAnswer[]
  tasks: Task[]
  /** Milliseconds until a retry that was made here is due. */
  dueIn: number | undefined
}

/** Settles items of a task's slices. May be sent again when the answer was lost. */
export async function settleTask(context: StoreContext, task: Task, build: string, slices: SliceSettlement[]): Promise<SettleReply> {
  const blobs = slices.flatMap((slice) => slice.parts.map((part) => part.bytes))
  const meta = JSON.stringify(slices.map(describe))
  const [answers, tasks, dueIn] = asArray(await context.scripts.settle(task.tenant, task.pool, task.id, build, meta, ...blobs))
  const due = asNumber(dueIn)
  return {
    answers: asArray(answers).map((answer) => asText(answer) as SettleAnswer),
    tasks: asTasks(tasks),
    dueIn: due < 0 ? undefined : due,
  }
}

function describe(slice: SliceSettlement): unknown {
  const { job, chunk, attempt, final, again, delay } = slice
  return {
    job,
    chunk,
    attempt,
    final,
    again,
    delay,
    itemUs: Math.round(slice.itemUs),
    cpuUs: Math.round(slice.cpuUs),
    parts: slice.parts.map((part) => [part.from, part.to, part.failed]),
    failed: slice.failed.map(({ index, row, log }) => (log === undefined ? [index, row] : [index, row, log])),
    faults: slice.faults.map(({ key, count, firstIndex }) => [key, count, firstIndex]),
  }
}
