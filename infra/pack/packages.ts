/** Root of the repository. */
export const root = new URL('../../', import.meta.url)

/** A package that is published: what goes in, and what it says of itself. */
export interface Package {
  name: string
  /** The workspace whose package.json has version and license. */
  workspace: string
  description: string
  /** From the root. */
  readme: string
  /** What an import of the package gives: plain JavaScript with types. */
  index: string
  /** What an import of a path below the package gives: `testing` for `<package>/testing`. */
  doors: Record<string, string>
  /** Entries beside the index, by the name of their command; a shell runs them. */
  bin: Record<string, string>
  engines: string
  keywords: string[]
  /** Keep the modules apart, each at its own place, since some read files beside themselves. */
  keepModules: boolean
}

export const packages: Package[] = [
  {
    name: 'manyhands',
    workspace: 'apps/cli',
    readme: 'README.md',
    description: "Python's multiprocessing for a fleet: map and apply over HTTP, on BullMQ and Redis",
    index: 'apps/cli/src/index.ts',
    doors: {},
    bin: { manyhands: 'apps/cli/src/bin.ts' },
    engines: '>=24',
    keywords: ['multiprocessing', 'map', 'parallel', 'pool', 'queue', 'bullmq', 'redis', 'worker'],
    keepModules: true,
  },
  {
    name: '@manyhands/client',
    workspace: 'libs/client',
    readme: 'libs/client/README.md',
    description: 'Typed client of Manyhands: pool, map, imap and apply over fetch',
    index: 'libs/client/src/index.ts',
    doors: { testing: 'libs/client/src/testing/index.ts' },
    bin: {},
    engines: '>=22',
    keywords: ['manyhands', 'multiprocessing', 'map', 'parallel', 'pool', 'client'],
    keepModules: false,
  },
]
