import { fileURLToPath } from 'node:url'
import { type ConnectOptions, connect, type Hands } from '@manyhands/client'
import type { Job } from '@manyhands/contracts'
import { testRedis } from '@manyhands/testing'
import { afterAll, beforeAll } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'
import type * as functions from './functions.ts'

export type Functions = typeof functions

export interface Fleet {
  readonly stack: TestStack
  readonly redisUrl: string
  /** A client of its own. */
  hands(options?: ConnectOptions): Hands<Functions>
  /** The jobs with this label, newest first. */
  jobsOf(run: string): Promise<Job[]>
}

/**
 * At the top of a test file: Redis, an API and a worker with two processes, from before its first test until after its last one.
 * @param inside whether API and worker run in the test's own process
 */
export function fleet({ inside = true } = {}): Fleet {
  const redis = testRedis()
  let stack: TestStack | undefined
  const running = (): TestStack => {
    if (!stack) throw new Error('the fleet of this file runs only inside its tests')
    return stack
  }
  beforeAll(async () => {
    const path = fileURLToPath(new URL('./functions.ts', import.meta.url))
    stack = await startStack({ inside, redisUrl: redis.url, settings: { MANYHANDS_FUNCTIONS: path, MANYHANDS_PROCESSES: '2' } })
  })
  afterAll(async () => {
    const died = await stack?.call('GET', '/healthz').then(
      () => undefined,
      (cause: unknown) => new Error(`the API died: ${stack?.api.output()}`, { cause }),
    )
    await stack?.stop()
    if (died) throw died
  })
  return {
    get stack() {
      return running()
    },
    get redisUrl() {
      return redis.url
    },
    hands: (options = {}) => connect<Functions>({ url: running().url, ...options }),
    jobsOf: async (run) => (await running().json<{ jobs: Job[] }>('GET', `/v1/jobs?label.run=${run}`)).jobs,
  }
}

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

export function* counting(to: number, closed: () => void = () => undefined): Generator<number> {
  try {
    for (let i = 0; i < to; i++) yield i
  } finally {
    closed()
  }
}

/** Everything an iterator gives, errors in their places. */
export async function outcomes<T>(iterator: AsyncIterator<T>): Promise<(T | string)[]> {
  const seen: (T | string)[] = []
  for (;;) {
    try {
      const { done, value } = await iterator.next()
      if (done) return seen
      seen.push(value)
    } catch (error) {
      seen.push(error instanceof Error ? error.message : String(error))
    }
  }
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => Promise.reject(new Error(`it did not reject, but gave ${JSON.stringify(value)}`)),
    (error: unknown) => error,
  )
}

/** For expect.poll: a loaded machine takes longer than its default of 1 s. */
export const patient = { timeout: 10_000 }
