import { Agent, type IncomingMessage, request } from 'node:http'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'
import { json, ndjson, type Problem, problemOf } from './server.ts'

/** reliability-rules.md, promise 4: fast honest refusal. */
const redis = testRedis({ aof: true })
const agent = new Agent({ keepAlive: true, maxSockets: 200 })
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ redisUrl: redis.url })
})
afterAll(async () => {
  agent.destroy()
  await stack.stop()
})

const map = '/v1/pools/default/map'
const body = JSON.stringify({ function: 'square', items: [1] })

interface Answer {
  status: number
  retryAfter: string | undefined
  problem: Problem
}

/** node:http, as fetch takes longer for 200 at once than a server may. */
function post(path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage) => {
      let text = ''
      response.on('data', (piece: Buffer) => (text += piece))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], problem: JSON.parse(text) }),
      )
    }
    request(stack.url + path, { method: 'POST', headers: json, agent }, onResponse)
      .on('error', reject)
      .end(body)
  })
}

const burst = () => Promise.all(Array.from({ length: 200 }, () => post(map)))

test('Redis is gone: all 503 with Retry-After in under a second, nothing is taken; back again: 202 without a restart', {
  timeout: 60_000,
}, async () => {
  const before = await stack.json('POST', map, { function: 'square', items: [1, 2] })
  await stack.ended(before.id)
  await redis.kill()

  const times: number[] = []
  // the best of three rounds: others use this machine too
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    const answers = await burst()
    times.push(performance.now() - start)
    expect(new Set(answers.map(({ status, retryAfter, problem }) => `${status} ${problem.code} ${retryAfter}`))).toEqual(
      new Set(['503 redis-unavailable 1']),
    )
  }
  expect(Math.min(...times)).toBeLessThan(1000)

  const others = [
    stack.call('GET', '/readyz'),
    stack.call('GET', '/v1/jobs'),
    stack.call('GET', `/v1/jobs/${before.id}?wait=10`),
    stack.call('GET', `/v1/jobs/${before.id}/result?wait=10`),
    stack.call('GET', `/v1/jobs/${before.id}/results`),
    stack.call('GET', '/v1/functions'),
    stack.call('GET', '/v1/pools'),
    stack.call('POST', '/v1/pools', { name: 'x' }),
    stack.call('POST', `${map}?function=square`, '1\n2\n', ndjson),
    stack.call('POST', '/v1/pools/default/apply', { function: 'square', args: [1] }, { prefer: 'wait=10' }),
  ]
  for (const other of others) expect((await problemOf(await other)).code).toBe('redis-unavailable')
  expect((await stack.call('GET', '/healthz')).status).toBe(200)

  await redis.restart()
  const back = await eventually(
    async () => {
      const response = await stack.call('POST', map, { function: 'square', items: [3] })
      return response.status === 202 && ((await response.json()) as { id: string })
    },
    { timeoutMs: 5000, everyMs: 50 },
  )
  await stack.ended(back.id)
  const { jobs } = await stack.json<{ jobs: { id: string }[] }>('GET', '/v1/jobs')
  expect(jobs.map((job) => job.id).toSorted()).toEqual([before.id, back.id].toSorted())
})
