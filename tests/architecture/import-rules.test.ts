import { expect, test } from 'vitest'
import { brokenRules } from './broken-rules.ts'
import { filesBelow, readText } from './sources.ts'

test('the repository keeps the import rules', () => {
  const files = ['apps', 'libs', 'examples', 'tests'].flatMap((folder) => filesBelow(folder, '.ts'))
  expect(files.length).toBeGreaterThan(100)
  expect(files.flatMap((file) => brokenRules(file, readText(file)))).toEqual([])
})

/** The checker itself: what it must refuse, and what it must let pass. */
test.each([
  ['an arrow upwards', 'libs/redis/src/a.ts', `import { x } from '@manyhands/jobs'`, 'redis -> jobs is no arrow'],
  ['an arrow upwards by type', 'libs/redis/src/a.ts', `import type { X } from '@manyhands/jobs'`, 'redis -> jobs is no arrow'],
  ['an arrow upwards by import()', 'libs/redis/src/a.ts', `const m = await import('@manyhands/jobs')`, 'redis -> jobs is no arrow'],
  ['an arrow upwards by export', 'libs/redis/src/a.ts', `export * from '@manyhands/jobs'`, 'redis -> jobs is no arrow'],
  ['an engine that imports another', 'libs/queue/src/a.ts', `import '@manyhands/job-store'`, 'queue -> job-store is no arrow'],
  ['a lib that imports an app', 'libs/jobs/src/a.ts', `import '@manyhands/app-api'`, 'jobs -> api is no arrow'],
  ['a pure lib that imports a base', 'libs/planning/src/a.ts', `import '@manyhands/redis'`, 'planning -> redis is no arrow'],
  ['an app that imports an app', 'apps/api/src/a.ts', `import '@manyhands/app-worker'`, 'api -> worker is no arrow'],
  ['a client with server code', 'libs/client/src/a.ts', `import '@manyhands/planning'`, 'client -> planning is no arrow'],
  ['a lib that uses the client', 'libs/jobs/src/a.ts', `import '@manyhands/client'`, 'jobs -> client is no arrow'],
  ['tests in the product', 'apps/api/src/a.ts', `import '@manyhands/testing'`, 'api -> testing is no arrow'],
  ['a room nobody listed', 'libs/news/src/a.ts', `import '@manyhands/contracts'`, 'news -> contracts is no arrow'],
  ['a way around the index', 'libs/jobs/src/a.ts', `import '@manyhands/planning/src/runs.ts'`, 'only by its index.ts'],
  ['a side door of another room', 'libs/jobs/src/a.ts', `import '@manyhands/planning/runs'`, 'only by its index.ts'],
  ['a side door that the client has not', 'apps/cli/src/a.ts', `import '@manyhands/client/pool'`, 'only by its index.ts'],
  ['a way around the index of contracts', 'libs/jobs/src/a.ts', `import '@manyhands/contracts/src/ids.ts'`, 'only by its index.ts'],
  ['a way around the package', 'libs/jobs/src/a.ts', `import '../../planning/src/runs.ts'`, 'reaches into libs/planning/src/runs.ts'],
  ['a way around the package in a test', 'libs/jobs/src/a.test.ts', `import '../../planning/src/runs.ts'`, 'reaches into'],
  ['ioredis outside libs/redis', 'libs/wakeups/src/a.ts', `import { Redis } from 'ioredis'`, 'only libs/redis does'],
  ['bullmq outside libs/queue', 'apps/worker/src/a.ts', `import type { Job } from 'bullmq'`, 'only libs/queue does'],
  ['an example with our inside', 'examples/a.ts', `import '@manyhands/jobs'`, 'only the packages manyhands and @manyhands/client'],
  ['the environment', 'apps/api/src/a.ts', 'const p = process.env.PORT', 'reads process.env'],
  ['the environment, quoted', 'libs/jobs/src/a.ts', `const p = process['env']`, 'reads process.env'],
])('refuses %s', (_, file, source, complaint) => {
  expect(brokenRules(file, source)).toEqual([expect.stringContaining(complaint)])
})

test.each([
  ['apps/api/src/a.ts', `import '@manyhands/jobs'; import 'fastify'; import './b.ts'`],
  ['apps/cli/src/a.ts', `import '@manyhands/client'; await import('@manyhands/app-worker')`],
  ['libs/process-pool/src/child/a.ts', `import '@manyhands/functions'`],
  ['libs/client/src/a.ts', `import type { Job } from '@manyhands/contracts'`],
  ['apps/cli/src/a.ts', `import { inline } from '@manyhands/client/testing'`],
  ['libs/redis/src/a.ts', `import { Redis } from 'ioredis'`],
  ['libs/functions/src/a.ts', `import { functionNamePattern } from '@manyhands/contracts/ids'`],
  ['libs/jobs/src/a.test.ts', `import '@manyhands/testing'; process.env.PATH`],
  ['libs/settings/src/a.ts', 'process.env'],
  ['tests/e2e/a.test.ts', `import 'ioredis'; import '@manyhands/app-api'; process.env.CI`],
  ['examples/a.ts', `import { defineFunction } from 'manyhands'; import { connect } from '@manyhands/client'`],
  ['libs/jobs/src/a.ts', `// process.env is read by settings\nconst text = "import '@manyhands/app-api'"`],
])('lets pass %s with %s', (file, source) => {
  expect(brokenRules(file, source)).toEqual([])
})
