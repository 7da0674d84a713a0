import type { Entry } from '../command.ts'
import { hasExamples } from '../examples.ts'

/** In the order of the help. */
export const commands: Entry[] = [
  {
    name: 'start',
    summary: 'Run everything on this machine, with an example that shows it at work',
    hidden: !hasExamples,
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'dev',
    summary: 'Run your functions on this machine, and load them again on every save',
    load: async () => (await import('./dev.ts')).dev,
  },
  {
    name: 'api',
    summary: 'Run the HTTP API alone, against the Redis of REDIS_URL',
    load: async () => (await import('./api.ts')).api,
  },
  {
    name: 'worker',
    summary: 'Run a worker alone, against the Redis of REDIS_URL',
    load: async () => (await import('./worker.ts')).worker,
  },
  {
    name: 'map',
    summary: 'Call a function for every item and print the results, one JSON value a line',
    load: async () => (await import('./map.ts')).map,
  },
  {
    name: 'apply',
    summary: 'Call a function once and print its result as JSON',
    load: async () => (await import('./apply.ts')).apply,
  },
]
