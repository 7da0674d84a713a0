import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '@manyhands/client'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { eventually, faultProxy, testRedis } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { startStack } from '../stack.ts'
import { asMutant, type Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

const server = testRedis({ aof: true })

/** Somebody follows a dict by its changes while connections are cut: what they have in the end, and what stands there. */
async function follow(writes: number, mutant?: Mutant): Promise<{ theirs: Map<string, number>; real: Map<string, number> }> {
  const stack = await startStack({ redisUrl: server.url, workers: 0, settings: asMutant(mutant) })
  const proxy = await faultProxy(stack.url)
  const redis = connectRedis(server.url, 'store', () => undefined)
  const [writer, watcher] = [connect({ url: stack.url }), connect({ url: proxy.url })]
  const stop = new AbortController()
  onTestFinished(async () => {
    stop.abort()
    await Promise.all([writer, watcher].map((hands) => hands.session.end()))
    await stack.stop()
    await proxy.close()
    await closeRedis(redis)
  })
  const dict = writer.dict<Record<string, number>>({}, { name: 'followed' })
  await dict.make()
  const theirs = new Map<string, number>()
  const seen = { last: 0 }
  const following = (async () => {
    for await (const { version, value, args } of watcher.dict({}, { name: 'followed' }).watch({ signal: stop.signal })) {
      seen.last = version
      if (value) theirs.clear()
      for (const [key, number] of (value ?? [args]) as [string, number][]) theirs.set(key, number)
    }
  })()
  following.catch(() => undefined)
  await eventually(() => seen.last >= 0 && proxy.connections > 0)
  for (let i = 0; i < writes; i++) {
    if (i % 50 === 20) proxy.cut()
    if (i % 50 === 40) await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await dict.set(`key-${i % 30}`, i)
    await pause(1)
  }
  await eventually(() => seen.last === writes, { timeoutMs: 5000 }).catch(() => undefined)
  return { theirs, real: new Map(await dict.items()) }
}

test('whoever watches has in the end what stands there, over cuts on both sides', { timeout: patience }, async () => {
  const { theirs, real } = await follow(bySize(200, 10_000))
  expect(theirs).toEqual(real)
})

test('mutant: what was lost while Redis was away is not looked for', { timeout: patience }, async () => {
  const file = 'libs/shared-state/src/changes.ts'
  const { theirs, real } = await follow(200, {
    file,
    from: "if (!change || change.version > version + 1) return 'look'",
    to: 'if (!change) return known',
  })
  expect(theirs).not.toEqual(real)
})
