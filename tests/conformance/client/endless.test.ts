import { readFile } from 'node:fs/promises'
import { connectRedis } from '@manyhands/redis'
import { expect, it } from 'vitest'
import { fleet } from './fleet.ts'

const own = fleet({ inside: false })
const MiB = 2 ** 20
/** Each item is a text of this many bytes, so that a few seconds move hundreds of MiB: more than any of the bounds. */
const itemBytes = 32 << 10
const text = 'x'.repeat(itemBytes)

/** Resident memory of a process, in bytes. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

async function redisBytes(): Promise<number> {
  const redis = connectRedis(own.redisUrl, 'store', () => undefined)
  const info = await redis.info('memory')
  redis.disconnect()
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1])
}

it('an endless generator runs in bounded memory: here, in the API and in Redis', { timeout: 120_000 }, async () => {
  let taken = 0
  function* endless(): Generator<string> {
    for (;;) yield `${taken++}:${text}`
  }
  const before = { client: process.memoryUsage().rss, api: await residentBytes(own.stack.api.pid), redis: await redisBytes() }
  const most = { client: 0, api: 0, redis: 0 }
  let count = 0
  for await (const value of own.hands().imap('identity', endless())) {
    expect(String(value).startsWith(`${count}:`)).toBe(true)
    if (++count % 500 === 0) {
      most.client = Math.max(most.client, process.memoryUsage().rss - before.client)
      most.api = Math.max(most.api, (await residentBytes(own.stack.api.pid)) - before.api)
      most.redis = Math.max(most.redis, (await redisBytes()) - before.redis)
    }
    if (count === 7_000) break
  }
  expect(taken).toBeGreaterThanOrEqual(7_000)
  expect(most.redis / MiB).toBeLessThan(128)
  expect(most.api / MiB).toBeLessThan(160)
  expect(most.client / MiB).toBeLessThan(200)
})

it('rule 5: input is read ahead to a bound, and no further while nobody reads results', { timeout: 120_000 }, async () => {
  let taken = 0
  function* endless(): Generator<string> {
    for (;;) yield `${taken++}:${text}`
  }
  await using iterator = own.hands().imap('identity', endless())
  await iterator.next()
  let last = -1
  await expect
    .poll(
      () => {
        const still = taken === last
        last = taken
        return still
      },
      { interval: 3000, timeout: 60_000 },
    )
    .toBe(true)
  expect((taken * itemBytes) / MiB).toBeLessThan(160)
  expect(String((await iterator.next()).value).startsWith('1:')).toBe(true)
})
