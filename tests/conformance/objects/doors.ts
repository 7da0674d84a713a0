import { randomUUID } from 'node:crypto'
import { connect, type Hands } from '@manyhands/client'
import { LockNodes } from '@manyhands/locks'
import { Sharing } from '@manyhands/objects'
import { type RedisSharing, redisSharing } from '@manyhands/shared-state'
import { testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

/** A program of its own, as `connect()` gives it outside and `currentTask().hands` inside a function. */
export type Program = Sharing | Hands<unknown>

/** Runs the tests on both doors: over HTTP, and straight on Redis. `program()` is another program each time. */
export function onBothDoors(name: string, tests: (program: () => Program) => void): void {
  describe(`${name}, over HTTP`, () => tests(httpDoor()))
  describe(`${name}, inside functions`, () => tests(redisDoor()))
}

/** The same for locks, and where three nodes vote for them. */
export function onLockDoors(name: string, tests: (program: () => Program) => void): void {
  onBothDoors(name, tests)
  describe(`${name}, where three nodes vote`, () => {
    const nodes = [testRedis(), testRedis(), testRedis()]
    const votes = () =>
      new LockNodes({
        urls: nodes.map(({ url }) => url),
        group: 'default',
        tenant: 'default',
        maxTtlMs: 60_000,
        quarantineMs: 0,
        onError: () => undefined,
      })
    tests(redisDoor(votes))
  })
}

function httpDoor(): () => Program {
  const redis = testRedis()
  let stack: TestStack
  const opened: Hands<unknown>[] = []
  beforeAll(async () => {
    stack = await startStack({ inside: true, redisUrl: redis.url, workers: 0 })
  })
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.session.end()))
    await stack.stop()
  })
  return () => {
    const hands = connect<unknown>({ url: stack.url })
    opened.push(hands)
    return hands
  }
}

function redisDoor(nodes?: () => LockNodes): () => Program {
  const redis = testRedis()
  const opened: RedisSharing[] = []
  afterAll(() => Promise.all(opened.map((one) => one.close())))
  return () => {
    const sharing = redisSharing({
      url: redis.url,
      group: 'default',
      tenant: 'default',
      holder: randomUUID(),
      onHolding: () => undefined,
      nodes,
      task: () => undefined,
      whileWaiting: (promise) => promise,
    })
    opened.push(sharing)
    return new Sharing(sharing)
  }
}
