/** What a service says to the process that started it. */
export type Report =
  | { type: 'serving'; url: string; functions: string[]; skipped: string[] }
  /** It can't serve, for a reason that the user can mend. */
  | { type: 'refused'; message: string }

/** Whether another process of ours started this one. */
export const isStarted = process.send !== undefined

/** Says it to the process that started this one, and returns when it is on its way. Without such a process nothing happens. */
export async function report(said: Report): Promise<void> {
  if (!process.connected) return
  await new Promise<void>((resolve) => process.send?.(said, undefined, {}, () => resolve()))
}
