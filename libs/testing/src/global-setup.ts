import type { TestProject } from 'vitest/node'
import { type RedisBroker, startBroker } from './redis-broker.ts'
import { chooseRedis, type RedisChoice } from './redis-choice.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Socket of the broker when this run uses containers, else an empty text. */
    redisBroker: string
  }
}

// its image may be out of reach, and the broker removes the containers
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'

/** One choice and one broker for all projects of a run. */
let shared: Promise<{ choice: RedisChoice; broker: RedisBroker | undefined }> | undefined
let users = 0

/** Runs once a vitest project, in the main process. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  users += 1
  shared ??= prepare()
  const { broker } = await shared
  project.provide('redisBroker', broker?.socket ?? '')
  return async () => {
    users -= 1
    if (users > 0) return
    shared = undefined
    await broker?.stop()
  }
}

async function prepare() {
  const choice = await chooseRedis(process.env['TEST_REDIS'])
  process.stdout.write(`Redis for tests: ${choice.kind} (${choice.reason})\n`)
  return { choice, broker: choice.kind === 'container' ? await startBroker() : undefined }
}
