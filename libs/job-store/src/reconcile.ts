import type { Task } from '@manyhands/planning'
import { asArray, asNumber, asTasks, asText, type StoreContext } from './context.ts'

/** A task that may stand in no queue any more. */
export interface Suspect {
  tenant: string
  pool: string
  id: string
  /** When it was handed out or claimed, in milliseconds: proof that nothing has moved since. */
  seenAt: number
}

export interface TickReply {
  /** False when another process had its round just now. */
  ran: boolean
  tasks: Task[]
  suspects: Suspect[]
  /** Milliseconds until something falls due; undefined = nothing is awaited. */
  dueIn: number | undefined
}

/** One round of the reconciler. Any process may call it; rounds closer than `everyMs` are not run. */
export async function tick(context: StoreContext, everyMs: number, unclaimedMs: number, claimedMs: number): Promise<TickReply> {
  const [ran, tasks, suspects, dueIn] = asArray(await context.scripts.tick(everyMs, unclaimedMs, claimedMs))
  const due = asNumber(dueIn)
  return {
    ran: asNumber(ran) === 1,
    tasks: asTasks(tasks),
    suspects: asSuspects(asArray(suspects).map(asText)),
    dueIn: due < 0 ? undefined : due,
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
