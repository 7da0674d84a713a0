import { setTimeout as delay } from 'node:timers/promises'
import { Interruption } from '../interruption.ts'
import { isStarted, report, type Serving } from './report.ts'

/** A part that serves. */
export interface Part {
  report: Serving
  stop(): Promise<void>
}

/** How long a part may take to stop, in milliseconds. A starter kills at 1200. */
const stopMs = isStarted ? 1000 : 10_000

/**
 * Starts a part, tells that it serves, and stops it when it is interrupted. Returns the exit code. A part that does not stop in time
 * (its Redis may be gone) is left as it is: its process ends now, and every other part is made to stand that.
 */
export async function serve(name: string, start: () => Promise<Part>): Promise<number> {
  using interruption = new Interruption()
  const part = await Promise.race([start(), interruption.happened])
  if (!part) return 0
  if (isStarted) await report(part.report)
  else console.log(`${name} ${part.report.url}`)
  await interruption.happened
  const stopped = await Promise.race([part.stop().then(() => true), delay(stopMs, false)])
  return stopped ? 0 : 1
}
