import { startDriver } from '../driver.ts'
import { output } from '../processes.ts'
import type { Peer } from '../side.ts'
import { assemble, NotInstalled } from '../side.ts'
import { program } from './program.ts'

/** Python's multiprocessing.Pool(2): children of the caller, pipes, no store. */
export const pythonPool: Peer = {
  name: 'multiprocessing.Pool(2)',
  start: async () => {
    await pythonVersion()
    return assemble('multiprocessing.Pool(2)', async (stack) => ({
      driver: await stack.add(startDriver({ name: 'Pool driver', ...program('python_pool.py', 'python3') })),
    }))
  },
}

/** Throws NotInstalled when there is no python3 on PATH. */
export async function pythonVersion(): Promise<string> {
  try {
    return (await output({ name: 'python3', command: 'python3', args: ['--version'] }, 5_000)).trim()
  } catch (error) {
    throw new NotInstalled('python3 is not on PATH', { cause: error })
  }
}
