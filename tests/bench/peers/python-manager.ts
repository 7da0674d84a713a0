import { startDriver } from '../driver.ts'
import type { Peer } from '../side.ts'
import { assemble } from '../side.ts'
import { program } from './program.ts'
import { pythonVersion } from './python-pool.ts'

/** Python's multiprocessing.Manager: one process that holds the objects, and pipes to it. */
export const pythonManager: Peer = {
  name: 'multiprocessing.Manager',
  start: async () => {
    await pythonVersion()
    return assemble('multiprocessing.Manager', async (stack) => ({
      driver: await stack.add(startDriver({ name: 'Manager driver', ...program('python_manager.py', 'python3') })),
    }))
  },
}
