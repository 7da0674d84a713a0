import { testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Behaviour } from '../../fixtures/functions.ts'
import { startStack, type TestStack } from '../../stack.ts'

const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: redis.url, settings: { MANYHANDS_PROCESSES: '2' } })
})
afterAll(() => stack.stop())

type Result = { values: unknown[]; errors: { index: number; error: { name: string; code: string; message: string } }[] }

/** Ten items, the fifth of which misbehaves. */
async function among(bad: Behaviour, options: object = {}): Promise<Result> {
  const items: Behaviour[] = Array.from({ length: 10 }, (_, value) => (value === 4 ? bad : { do: 'ok', value }))
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'behave', items, chunkSize: 10, ...options })
  const ended = await stack.ended(job.id)
  expect([ended.state, ended.items]).toEqual(['failed', { total: 10, done: 10, failed: 1 }])
  return stack.json<Result>('GET', `/v1/jobs/${job.id}/result`)
}

const neighbours = [0, 1, 2, 3, null, 5, 6, 7, 8, 9]

describe('an item that misbehaves fails alone, with a named error', () => {
  test.each<[string, Behaviour, object, { name: string; code: string }, RegExp]>([
    ['throws', { do: 'throw', message: 'too far' }, {}, { name: 'RangeError', code: 'function-error' }, /^too far$/],
    ['exits', { do: 'exit', code: 3 }, {}, { name: 'WorkerCrashedError', code: 'worker-crashed' }, /3/],
    ['kills its process', { do: 'kill', signal: 'SIGKILL' }, {}, { name: 'WorkerCrashedError', code: 'worker-crashed' }, /SIGKILL/],
    ['never returns', { do: 'hang' }, { timeoutMs: 300 }, { name: 'TimeoutError', code: 'timeout' }, /300/],
    ['computes for ever', { do: 'spin', ms: 60_000 }, { timeoutMs: 300 }, { name: 'TimeoutError', code: 'timeout' }, /300/],
    ['returns 100 MB', { do: 'big', bytes: 100e6 }, {}, { name: 'ResultTooLargeError', code: 'result-too-large' }, /./],
    ['returns a cycle', { do: 'cycle' }, {}, { name: 'MaybeEncodingError', code: 'result-not-serializable' }, /./],
    ['returns a BigInt', { do: 'bigint' }, {}, { name: 'MaybeEncodingError', code: 'result-not-serializable' }, /./],
    ['rejects where nobody waits', { do: 'reject-later' }, {}, { name: 'Error', code: 'function-error' }, /nobody waited/],
  ])('%s', async (_, bad, options, error, message) => {
    const result = await among(bad, options)
    expect(result.values).toEqual(neighbours)
    expect(result.errors).toHaveLength(1)
    expect(result.errors[0]).toMatchObject({ index: 4, error })
    expect(result.errors[0]?.error.message).toMatch(message)
  })

  test('undefined is null', async () => {
    const job = await stack.json('POST', '/v1/pools/default/apply', { function: 'behave', args: [{ do: 'nothing' }] })
    await stack.ended(job.id)
    expect(await stack.json('GET', `/v1/jobs/${job.id}/result`)).toEqual({ value: null })
  })
})

test('maxFailures 0 stops at the first failure; what never ran is not counted as done', async () => {
  const items: Behaviour[] = Array.from({ length: 500 }, (_, i) =>
    i === 0 ? { do: 'throw', message: 'first' } : { do: 'slow', ms: 5, value: i },
  )
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'behave', items, chunkSize: 1, maxFailures: 0 })
  const ended = await stack.ended(job.id)
  expect(ended).toMatchObject({ state: 'failed', error: { code: 'too-many-failures' } })
  expect(ended.items.done).toBeLessThan(500)
})

test('a function sees which try it is', async () => {
  const job = await stack.json('POST', '/v1/pools/default/apply', {
    function: 'onTry',
    args: [3],
    attempts: 3,
    backoff: { type: 'fixed', delayMs: 5 },
  })
  expect((await stack.ended(job.id)).state).toBe('succeeded')
  expect(await stack.json('GET', `/v1/jobs/${job.id}/result`)).toEqual({ value: 3 })
})

test('attempts run only the failed items again, and retry makes a new job of them at their original indexes', async () => {
  const items: Behaviour[] = [
    { do: 'ok', value: 0 },
    { do: 'throw', message: 'one' },
    { do: 'ok', value: 2 },
    { do: 'throw', message: 'three' },
  ]
  const job = await stack.json('POST', '/v1/pools/default/map', {
    function: 'behave',
    items,
    attempts: 3,
    backoff: { type: 'fixed', delayMs: 20 },
  })
  const ended = await stack.ended(job.id)
  expect(ended.items).toEqual({ total: 4, done: 4, failed: 2 })
  const failed = await stack.json<{ items: { index: number; attempts: number; input: Behaviour }[] }>(
    'GET',
    `/v1/jobs/${job.id}/items?state=failed`,
  )
  expect(failed.items.map(({ index, attempts }) => [index, attempts])).toEqual([
    [1, 3],
    [3, 3],
  ])
  expect(failed.items[0]?.input).toEqual({ do: 'throw', message: 'one' })
  const again = await stack.json('POST', `/v1/jobs/${job.id}/retry`)
  expect(again.retryOf).toBe(job.id)
  await stack.ended(again.id)
  const lines = (await (await stack.call('GET', `/v1/jobs/${again.id}/results`)).text()).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).index)).toEqual([1, 3])
})
