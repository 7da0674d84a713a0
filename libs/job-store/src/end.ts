import type { ItemError } from '@manyhands/contracts'
import type { Task } from '@manyhands/planning'
import { asArray, asTasks, asText, type StoreContext } from './context.ts'

/** The input of a job has ended. Undefined when there is no such job. */
export async function closeInput(context: StoreContext, job: string): Promise<Task[] | undefined> {
  const reply = asArray(await context.scripts.close(context.tenant, job))
  return asText(reply[0]) === 'ok' ? asTasks(reply[1]) : undefined
}

export interface Ending {
  state: 'cancelled' | 'failed'
  error: ItemError
  /** An Idempotency-Key that may be used again. */
  idempotencyKey?: string | undefined
}

/** Ends a job early; an ended one stays as it is. Undefined when there is no such job. */
export async function endEarly(context: StoreContext, job: string, ending: Ending): Promise<Task[] | undefined> {
  const { state, error, idempotencyKey = '' } = ending
  const reply = asArray(await context.scripts.cancel(context.tenant, job, state, JSON.stringify(error), idempotencyKey))
  return asText(reply[0]) === 'ok' ? asTasks(reply[1]) : undefined
}

/** Unlinks every key of an ended job; `telling`: not before what webhooks are to tell of it is noted. */
export async function forgetJob(context: StoreContext, job: string): Promise<Forgotten> {
  while (true) {
    const reply = asText(await context.scripts.forget(context.tenant, job))
    if (reply !== 'more') return reply as Forgotten
  }
}

type Forgotten = 'ok' | 'gone' | 'live' | 'telling'
