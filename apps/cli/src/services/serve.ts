import { Interruption } from '../interruption.ts'
import { isStarted, report, type Serving } from './report.ts'

/** A part that serves. */
export interface Part {
  report: Serving
  stop(): Promise<void>
}

/** Starts a part, tells that it serves, and stops it when it is interrupted. Returns the exit code. */
export async function serve(name: string, start: () => Promise<Part>): Promise<number> {
  using interruption = new Interruption()
  const part = await start()
  if (isStarted) await report(part.report)
  else console.log(`${name} ${part.report.url}`)
  await interruption.happened
  await part.stop()
  return 0
}
