import type { Option } from '../command.ts'

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

/** Said on the command line, since others have reasons of their own to give this process a channel. */
export const startedOption: Record<string, Option> = {
  started: { type: 'boolean', hidden: true, help: 'Another process of ours started this one, and listens on the channel' },
}

/** Whether another process of ours started this one as a service. */
export const isStarted = process.send !== undefined && process.argv.includes('--started')

/** Says it to the process that started this one, and returns when it is on its way. Without such a process nothing happens. */
export async function report(said: Report): Promise<void> {
  if (!process.connected) return
  await new Promise<void>((resolve) => process.send?.(said, undefined, {}, () => resolve()))
}
