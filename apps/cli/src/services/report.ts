/** A service serves. `url`: of the API, or of the worker's health. */
export interface Serving {
  type: 'serving'
  url: string
  processes: number
  functions: string[]
  skipped: string[]
}

/** It can't serve, for a reason that the user can mend. */
export interface Refused {
  type: 'refused'
  message: string
}

/** What a service says to the process that started it. */
export type Report = Serving | Refused

/** Whether another process of ours started this one. */
export const isStarted = process.send !== undefined

/** Says it to the process that started this one, and returns when it is on its way. Without such a process nothing happens. */
export async function report(said: Report): Promise<void> {
  if (!process.connected) return
  await new Promise<void>((resolve) => process.send?.(said, undefined, {}, () => resolve()))
}
