import type { WorkerRecord } from '@manyhands/contracts'
import { readFleet, type StoreContext, workerSilenceMs } from '@manyhands/job-store'
import type { Logger } from '@manyhands/telemetry'

type Functions = Pick<WorkerRecord, 'id' | 'functions'>

/** Names that only some of two workers of a group serve. */
export function unshared(own: Functions, other: Functions): string[] {
  const alone = (names: string[], others: string[]) => names.filter((name) => !others.includes(name))
  return [...alone(own.functions, other.functions), ...alone(other.functions, own.functions)].sort()
}

/**
 * Warns of live workers of the group that serve other functions, as after half a deployment, or where two languages share a group: a task
 * goes to any worker, and what reaches one without its function fails as `function-not-loaded`.
 */
export async function warnOfUnlike(store: StoreContext, own: Functions, logger: Logger): Promise<void> {
  const { workers } = await readFleet(store)
  const silent = Math.max(0, ...workers.map(({ seenAt }) => seenAt)) - workerSilenceMs
  for (const { json, seenAt } of workers) {
    const other = JSON.parse(json) as WorkerRecord
    const functions = seenAt > silent ? unshared(own, other) : []
    if (functions.length > 0)
      logger.warn({ worker: own.id, other: other.id, functions }, 'the workers of a group serve different functions')
  }
}
