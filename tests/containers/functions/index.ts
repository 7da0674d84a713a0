import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** Tells which container ran it. It takes as long as a small piece of work, so that one worker alone cannot have all items at once. */
export async function whereAmI(item: number): Promise<{ item: number; host: string }> {
  await sleep(50)
  return { item, host: hostname() }
}
