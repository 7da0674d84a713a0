import type { StoreContext } from './context.ts'

/** What an item says of how far it is. */
export interface ProgressWord {
  job: string
  chunk: string
  attempt: number
  index: number
  /** JSON text. */
  value: string
}

/** Keeps what items say of their progress; words of a chunk that somebody else has claimed are passed over. */
export async function noteProgress(context: StoreContext, words: ProgressWord[]): Promise<void> {
  if (words.length === 0) return
  const args = words.flatMap(({ job, chunk, attempt, index, value }) => [job, chunk, attempt, index, value])
  await context.scripts['note-progress'](context.tenant, ...args)
}
