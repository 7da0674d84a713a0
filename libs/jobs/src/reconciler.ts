import { refeed, type Suspect, tick } from '@manyhands/job-store'
import { dispatch, type JobsContext } from './context.ts'

/** Rounds of all processes together lie at least this far apart, in milliseconds. */
const guardMs = 250
export interface ReconcilerOptions {
  /** Longest time between two rounds of this process, in milliseconds. */
  everyMs: number
  /** A task that nobody claimed for this long may have been lost on its way to the queue, in milliseconds. */
  unclaimedMs: number
  /** A claimed one: longer than a lease and its check. */
  claimedMs: number
}

export const reconcilerOptions = (leaseMs: number): ReconcilerOptions => ({
  everyMs: Math.min(5000, leaseMs),
  unclaimedMs: 2000,
  claimedMs: leaseMs * 2,
})

/**
 * Re-feeds what is in no queue, ends what a crash left, expires cut uploads, sweeps (engine.md: the way of a map, 7).
 * Every process runs one; a round is one script, so whoever comes first is the elected one and the others find it done.
 */
export interface Reconciler {
  start(): void
  /** One round now. */
  round(): Promise<void>
  /** Something falls due in `ms`: the next round is no later. */
  dueIn(ms: number): void
  stop(): Promise<void>
}

export function createReconciler(context: JobsContext, options: ReconcilerOptions): Reconciler {
  let timer: NodeJS.Timeout | undefined
  let nextAt = Number.POSITIVE_INFINITY
  let running: Promise<void> = Promise.resolve()
  let stopped = false

  const arm = (ms: number) => {
    const at = performance.now() + ms
    if (stopped || (timer && at >= nextAt)) return
    clearTimeout(timer)
    nextAt = at
    timer = setTimeout(fire, ms)
  }
  const fire = () => {
    timer = undefined
    running = round(context, options)
      .catch((error: Error) => {
        context.onError(error)
        return undefined
      })
      .then((dueIn) => arm(Math.min(options.everyMs, Math.max(guardMs, dueIn ?? options.everyMs))))
  }
  return {
    start: () => arm(Math.random() * guardMs),
    round: async () => void (await round(context, options)),
    dueIn: (ms) => arm(ms),
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

/** Returns milliseconds until something falls due. */
async function round(context: JobsContext, options: ReconcilerOptions): Promise<number | undefined> {
  const reply = await tick(context.store, guardMs, options.unclaimedMs, options.claimedMs)
  dispatch(context, reply.tasks)
  if (reply.suspects.length > 0) await refeedMissing(context, reply.suspects)
  return reply.dueIn
}

/** A suspect that BullMQ still has is only slow. */
async function refeedMissing(context: JobsContext, suspects: Suspect[]): Promise<void> {
  const missing = new Set(await context.queue.missing(suspects.map((suspect) => suspect.id)))
  for (const suspect of suspects) {
    if (missing.has(suspect.id)) dispatch(context, await refeed(context.store, suspect))
  }
}
