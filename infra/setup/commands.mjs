/** The vitest projects that `npm test` runs; the others take long or want a container engine, and have commands of their own. */
const testProjects = ['unit', 'architecture', 'conformance', 'integration', 'e2e', 'examples']

const vitest = (...projects) => ['node_modules/.bin/vitest', 'run', ...projects.map((name) => `--project=${name}`)]

/**
 * What can be run, as words for Node 24.
 * `productionOnly`: needs no development dependencies. `takesRedisUrl`: needs no redis-server when REDIS_URL is set.
 * `linked`: ends when we are killed, since it listens for the end of its IPC channel.
 */
export const commands = {
  start: { words: ['apps/cli/src/bin.ts', 'start'], productionOnly: true, takesRedisUrl: true, linked: true },
  test: { words: vitest(...testProjects) },
  'test:newcomer': { words: vitest('newcomer') },
  'test:containers': { words: vitest('containers') },
  'test:chaos': { words: vitest('chaos') },
  check: { words: ['node_modules/.bin/nx', 'run-many', '--targets=format,lint,types,boundaries,unit', '--outputStyle=static'] },
  pack: { words: ['infra/pack/main.ts'] },
  bench: { words: ['tests/bench/main.ts'] },
}
