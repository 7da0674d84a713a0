import { startDriver } from '../driver.ts'
import type { Peer } from '../side.ts'
import { assemble } from '../side.ts'
import { program } from './program.ts'

/** piscina: two threads in the caller's own process, no network, no store. */
export const piscina: Peer = {
  name: 'piscina',
  start: () =>
    assemble('piscina', async (stack) => ({
      driver: await stack.add(startDriver({ name: 'piscina driver', ...program('piscina-driver.ts') })),
    })),
}
