import type { Task } from '@manyhands/planning'
import { asArray, asNumber, asTasks, asText, type StoreContext } from './context.ts'
import { workerSilenceMs } from './fleet.ts'

/** A task that may stand in no queue any more. */
export interface Suspect {
  tenant: string
  pool: string
  id: string
  /** When it was handed out or claimed, in milliseconds: proof that nothing has moved since. */
  seenAt: number
}

export interface TickReply {
  /** False when no round was due: another process had its one. */
  ran: boolean
  tasks: Task[]
  suspects: Suspect[]
  /** Milliseconds until the next round is due. */
  dueIn: number
  /** What is to be fired by whoever hears of it; heard again until it was. */
  fires: Fire[]
}

/** A schedule whose time has come, or a job that has ended and names what follows it. */
export interface Fire {
  type: 'schedule' | 'then'
  id: string
}

export interface TickOptions {
  /** Longest time between two rounds of the fleet, in milliseconds. */
  everyMs: number
  /** Run even if no round is due. */
  force: boolean
  /** After this long an unclaimed task may have been lost on its way to the queue, in milliseconds. */
  unclaimedMs: number
  /** The same for a claimed one: longer than a lease and its check. */
  claimedMs: number
}

/** One round of the reconciler. Any process may ask for it. */
export async function tick(context: StoreContext, { everyMs, force, unclaimedMs, claimedMs }: TickOptions): Promise<TickReply> {
  const reply = asArray(await context.scripts.tick(everyMs, force ? 1 : 0, unclaimedMs, claimedMs, workerSilenceMs))
  const [ran, tasks, suspects, dueIn, fires] = reply
  return {
    ran: asNumber(ran) === 1,
    tasks: asTasks(tasks),
    suspects: asSuspects(asArray(suspects).map(asText)),
    dueIn: asNumber(dueIn),
    fires: asArray(fires).map((fire) => asFire(asText(fire))),
  }
}

/** Hands the live slices of a lost task out anew. */
export async function refeed(context: StoreContext, suspect: Suspect): Promise<Task[]> {
  return asTasks(await context.scripts.refeed(suspect.tenant, suspect.pool, suspect.id, suspect.seenAt))
}

/** Which claims still hold. */
export async function claimsHold(context: StoreContext, claims: { job: string; chunk: string; attempt: number }[]): Promise<boolean[]> {
  if (claims.length === 0) return []
  const reply = await context.scripts.holds(context.tenant, ...claims.flatMap(({ job, chunk, attempt }) => [job, chunk, attempt]))
  return asArray(reply).map((held) => asNumber(held) === 1)
}

function asSuspects(words: string[]): Suspect[] {
  const suspects: Suspect[] = []
  for (let i = 0; i < words.length; i += 4) {
    suspects.push({ tenant: words[i] ?? '', pool: words[i + 1] ?? '', id: words[i + 2] ?? '', seenAt: Number(words[i + 3]) })
  }
  return suspects
}

function asFire(words: string): Fire {
  const [type, , id = ''] = words.split(' ')
  return { type: type as Fire['type'], id }
}
