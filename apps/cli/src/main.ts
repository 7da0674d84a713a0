import { run } from './run.ts'
import { flush, forgiveLeavers } from './standard-streams.ts'

/** Runs the command of this process's command line, and ends the process. */
export async function main(): Promise<never> {
  forgiveLeavers(process.stdout, process.stderr)
  const exitCode = await run(process.argv.slice(2))
  await Promise.all([flush(process.stdout), flush(process.stderr)])
  // An end at once: what a command waited for in vain (a Redis that is gone, a request that is tried again) must not hold it up.
  process.exit(exitCode)
}
