import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const shared = {
  environment: 'node',
  // processes of their own; files follow one another in each, and none may leave anything behind (libs/testing: leaks)
  pool: 'forks',
  isolate: false,
  globalSetup: './libs/testing/src/global-setup.ts',
  setupFiles: './libs/testing/src/setup-file.ts',
  testTimeout: 20_000,
  hookTimeout: 60_000,
  restoreMocks: true,
} as const

/** Tests that start whole services and look at the clock: when the quick ones are through. */
const alone = { maxWorkers: 2, sequence: { groupOrder: 1 } }

/** A room of tests/: what it proves is another question than what the units beside the source prove. */
const room = (name: string, more: object = {}) => ({
  extends: true as const,
  test: { ...shared, name, include: [`tests/${name}/**/*.test.ts`], ...more },
})

/** `npm test` runs all but newcomer, containers and chaos, which .ci/run adds. */
export default defineConfig({
  test: {
    maxWorkers: Math.max(3, availableParallelism() + 1),
    projects: [
      {
        extends: true,
        test: { ...shared, name: 'unit', include: ['libs/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tests/bench/**/*.test.ts'] },
      },
      // needs no Redis
      room('architecture', { globalSetup: [] }),
      room('conformance'),
      room('integration'),
      room('e2e', { ...alone, testTimeout: 120_000, hookTimeout: 180_000 }),
      room('examples', { ...alone, testTimeout: 120_000, hookTimeout: 180_000 }),
      // brings its own Redis
      room('containers', { ...alone, globalSetup: [], testTimeout: 300_000, hookTimeout: 600_000 }),
      room('newcomer', { ...alone, globalSetup: [], testTimeout: 600_000 }),
      room('chaos', { ...alone, testTimeout: 300_000, hookTimeout: 120_000 }),
    ],
  },
})
