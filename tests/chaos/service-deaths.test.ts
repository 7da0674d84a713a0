import { setTimeout as pause } from 'node:timers/promises'
import type { Job, ProcessRecord } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { afterEach, expect, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'

const server = testRedis({ aof: true })
let stacks: TestStack[] = []
afterEach(async () => {
  await Promise.all(stacks.map((stack) => stack.stop()))
  stacks = []
})

async function start(options: Partial<Parameters<typeof startStack>[0]> = {}): Promise<TestStack> {
  const stack = await startStack({ redisUrl: server.url, settings: { MANYHANDS_LEASE_MS: '1000' }, ...options })
  stacks.push(stack)
  return stack
}

test('promise 5: a map of a JSON body is all or nothing when the API is killed in the middle', async () => {
  const watcher = await start()
  const items = Array.from({ length: 10_000 }, (_, i) => i)
  for (let round = 0; round < 6; round++) {
    const doomed = await start({ workers: 0, settings: { MANYHANDS_GROUP: watcher.group } })
    const id = `doomed-${round}`
    const submit = doomed.json('POST', '/v1/pools/default/map', { id, function: 'square', items }).catch(() => undefined)
    await pause(round * 4)
    doomed.api.kill('SIGKILL')
    await submit
    const found = await watcher.call('GET', `/v1/jobs/${watcher.group}~${id}`)
    if (found.status === 404) continue
    const ended = await watcher.ended(((await found.json()) as Job).id)
    expect([ended.state, ended.items.done]).toEqual(['succeeded', 10_000])
  }
})

test('a process is lost with the only worker, and whoever joins it hears of it', async () => {
  const stack = await start()
  const process = await stack.json<ProcessRecord>('POST', '/v1/processes', { function: 'spin', args: [60_000] }, { prefer: 'wait=20' })
  stack.workers[0]?.kill('SIGKILL')
  const lost = await eventually(
    async () => {
      const now = await stack.json<ProcessRecord>('GET', `/v1/processes/${process.id}?wait=10`)
      return now.finishedAt === null ? false : now
    },
    { timeoutMs: 30_000 },
  )
  expect(lost).toMatchObject({ state: 'lost', exitCode: null, pid: process.pid, error: { name: 'ProcessLostError', code: 'process-lost' } })
})

test('promise 4: Redis away means fast honest refusals, and work again when it is back', async () => {
  const stack = await start()
  await server.kill()
  const from = performance.now()
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => stack.call('POST', '/v1/pools/default/apply', { function: 'square', args: [2] })),
  )
  expect(performance.now() - from).toBeLessThan(3000)
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]))
  expect(answers.every((answer) => answer.headers.get('retry-after') !== null)).toBe(true)
  await server.restart()
  const job = await eventually(() => stack.json('POST', '/v1/pools/default/apply', { function: 'square', args: [2] }), { timeoutMs: 5000 })
  expect((await stack.ended(job.id)).state).toBe('succeeded')
})
