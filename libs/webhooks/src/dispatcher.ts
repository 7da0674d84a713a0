import type { ScriptReply } from '@manyhands/redis'
import type { WebhooksContext } from './context.ts'
import { tellRow } from './outbox.ts'

/** Sees to what is in the outbox, and to tries that BullMQ has lost. Every API has one. */
export interface Dispatcher {
  start(): void
  stop(): Promise<void>
}

/** Rows that one look takes. */
const batch = 100
/** For how long nobody else is told of them, in milliseconds. */
const seenToMs = 10_000
/** Between two looks when nobody says that there is something, in milliseconds. */
const slowMs = 5000

interface Taken {
  rows: string[]
  overdue: { delivery: string; number: number; waitMs: number }[]
  /** Until there may be more, in milliseconds; -1 = nothing waits. */
  waitMs: number
}

export function createDispatcher(context: WebhooksContext): Dispatcher {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let [again, stopped] = [false, false]
  let off: () => void = () => undefined

  const look = () => {
    clearTimeout(timer)
    if (stopped) return
    again = true
    running ??= rounds().finally(() => {
      running = undefined
      if (again) look()
    })
  }
  const rounds = async () => {
    let waitMs = slowMs
    while (again && !stopped) {
      again = false
      const taken = await round(context).catch(context.onError)
      waitMs = taken?.waitMs ?? slowMs
      again ||= (taken?.rows.length ?? 0) === batch
    }
    if (!stopped) timer = setTimeout(look, Math.min(slowMs * (0.8 + 0.4 * Math.random()), waitMs < 0 ? slowMs : waitMs + 1))
  }
  return {
    start() {
      off = context.wakeups.onControl(({ type }) => (type === 'outbox' || type === 'reconnected') && look())
      look()
    },
    async stop() {
      stopped = true
      off()
      clearTimeout(timer)
      await running
    },
  }
}

async function round(context: WebhooksContext): Promise<Taken> {
  const taken = asTaken(await context.scripts['take-outbox'](batch, seenToMs))
  // what fails here is told again
  const telling = taken.rows.map((row) => tellRow(context, row).catch(context.onError))
  const adding = taken.overdue.map(({ waitMs, ...one }) => context.queue.add(one, waitMs).catch(context.onError))
  await Promise.all([...telling, ...adding])
  return taken
}

function asTaken(reply: ScriptReply): Taken {
  const [rows, overdue, waitMs] = reply as [Buffer[], [Buffer, Buffer, Buffer, number][], number]
  return {
    rows: rows.map(String),
    overdue: overdue.map(([, delivery, number, wait]) => ({ delivery: String(delivery), number: Number(number), waitMs: wait })),
    waitMs,
  }
}
