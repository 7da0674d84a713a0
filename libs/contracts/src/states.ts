/** What a job can be, and why one that could run does not (engine.md: States). */

export const jobStates = ['loading', 'waiting', 'running', 'succeeded', 'failed', 'cancelled'] as const
export const endedStates = ['succeeded', 'failed', 'cancelled'] as const
export const waitingReasons = ['no-worker', 'pool-full', 'paused', 'rate-limit', 'until', 'unread-results', 'retry'] as const
export const processStates = ['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'lost'] as const
export type JobState = (typeof jobStates)[number]
export type ProcessState = (typeof processStates)[number]
export type WaitingFor = (typeof waitingReasons)[number]

/** Whether a job in this state changes no more. */
export function isEnded(state: string | null | undefined): boolean {
  return endedStates.some((ended) => ended === state)
}
