import { CronExpressionParser } from 'cron-parser'

/** When something happens again and again: by a cron expression in a time zone, or every so many milliseconds from its beginning. */
export type Recurrence = { cron: string; timeZone: string } | { everyMs: number; from: number }

/**
 * The first time after `after`, both in milliseconds since the epoch. A time that a change to summer time leaves out happens as the clock goes
 * on; one that happens twice happens once. Throws RangeError for what is no cron expression or no time zone, or never comes.
 */
export function nextTime(recurrence: Recurrence, after: number): number {
  if ('everyMs' in recurrence) return nextBeat(recurrence, after)
  try {
    const { cron, timeZone } = recurrence
    return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(after) })
      .next()
      .getTime()
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function nextBeat({ everyMs, from }: { everyMs: number; from: number }, after: number): number {
  return from + (Math.floor((after - from) / everyMs) + 1) * everyMs
}
