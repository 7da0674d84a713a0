import { refeed, type Suspect, type TickOptions, tick } from '@manyhands/job-store'
import { dispatch, type JobsContext } from './context.ts'
import { follow } from './follow.ts'
import { fireSchedule } from './schedules.ts'

export type ReconcilerOptions = Omit<TickOptions, 'force'>

export const reconcilerOptions = (leaseMs: number): ReconcilerOptions => ({
  everyMs: Math.min(5000, leaseMs),
  unclaimedMs: 2000,
  claimedMs: leaseMs * 2,
})

/** No two rounds of one process lie closer, in milliseconds. */
const shortestMs = 50

/**
 * Re-feeds what is in no queue, ends what a crash left, expires cut uploads, sweeps (docs/adr/0006).
 * Every process has one; a round is one script that knows when the next one is due, so whoever comes first runs it.
 */
export interface Reconciler {
  start(): void
  /** Something falls due in `ms`: a round runs then. */
  dueIn(ms: number): void
  stop(): Promise<void>
}

export function createReconciler(context: JobsContext, options: ReconcilerOptions): Reconciler {
  let timer: NodeJS.Timeout | undefined
  let [nextAt, forced, stopped] = [Number.POSITIVE_INFINITY, false, false]
  let running: Promise<void> = Promise.resolve()
  let off: () => void = () => undefined

  const arm = (ms: number) => {
    const at = performance.now() + Math.max(shortestMs, ms)
    if (stopped || at >= nextAt) return
    clearTimeout(timer)
    nextAt = at
    timer = setTimeout(fire, at - performance.now())
  }
  const fire = () => {
    const force = forced
    forced = false
    nextAt = Number.POSITIVE_INFINITY
    running = round(context, { ...options, force }).then(arm, (error: Error) => {
      context.onError(error)
      arm(options.everyMs)
    })
  }
  const dueIn = (ms: number) => {
    forced = true
    arm(ms)
  }
  return {
    // whoever joins may bring capacity
    start() {
      off = context.wakeups.onControl((event) => event.type === 'due' && dueIn(event.ms))
      dueIn(Math.random() * options.everyMs * 0.1)
    },
    dueIn,
    async stop() {
      stopped = true
      off()
      clearTimeout(timer)
      await running
    },
  }
}

/** Returns milliseconds until the next round is due. */
async function round(context: JobsContext, options: TickOptions): Promise<number> {
  const reply = await tick(context.store, options)
  dispatch(context, reply.tasks)
  for (const { type, id } of reply.fires) await (type === 'then' ? follow : fireSchedule)(context, id).catch(context.onError)
  if (reply.suspects.length > 0) await refeedMissing(context, reply.suspects)
  return reply.dueIn
}

/** A suspect that BullMQ still has is only slow. */
async function refeedMissing(context: JobsContext, suspects: Suspect[]): Promise<void> {
  const missing = new Set(await context.queue.missing(suspects))
  for (const suspect of suspects) {
    if (missing.has(suspect.id)) dispatch(context, await refeed(context.store, suspect))
  }
}
