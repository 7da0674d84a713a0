import type { FunctionRecord, Job } from '@manyhands/contracts'
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

type Failed = { index: number; attempts: number; error: { name: string } }

async function apply(name: string, args: unknown[], options: object = {}): Promise<{ job: Job; failed: Failed[] }> {
  const { id } = await stack.json('POST', '/v1/pools/default/apply', { function: name, args, ...options })
  return { job: await stack.ended(id), failed: await failures(id) }
}

async function failures(id: string): Promise<Failed[]> {
  return (await stack.json<{ items: Failed[] }>('GET', `/v1/jobs/${id}/items?state=failed`)).items
}

/** `ok 2`: it succeeded, at its second try; `failed 1`: it failed after one. */
async function outcome(name: string, args: unknown[], options: object = {}): Promise<string> {
  const { job, failed } = await apply(name, args, options)
  if (job.state === 'failed') return `failed ${failed[0]?.attempts}`
  return `ok ${(await stack.json<{ value: number }>('GET', `/v1/jobs/${job.id}/result`)).value}`
}

describe('by the name of the error', () => {
  test.each<[string, object]>([
    ['ok 2', { attempts: 3 }],
    ['ok 2', { attempts: 3, retryOn: ['TimeoutError', 'NetError'] }],
    ['failed 1', { attempts: 3, retryOn: ['TimeoutError'] }],
    ['failed 1', { attempts: 3, noRetryOn: ['NetError'] }],
    ['ok 2', { attempts: 3, noRetryOn: ['TimeoutError'] }],
    ['failed 1', { attempts: 3, retryOn: ['NetError'], noRetryOn: ['NetError'] }],
  ])('%s with %j', async (expected, options) => {
    expect(await outcome('failsAs', ['NetError', 2], options)).toBe(expected)
  })

  test('UnrecoverableError fails at once, whatever was asked for', async () => {
    expect(await outcome('givesUp', ['no'], { attempts: 5, retryOn: ['UnrecoverableError'] })).toBe('failed 1')
    expect(await outcome('failsAs', ['UnrecoverableError', 2], { attempts: 5 })).toBe('failed 1')
  })

  test('an item that ran out of time is retried by its name', async () => {
    const options = { attempts: 2, timeoutMs: 200, retryOn: ['TimeoutError'] }
    expect(await outcome('spin', [60_000], options)).toBe('failed 2')
    expect(await outcome('spin', [60_000], { ...options, retryOn: ['NetError'] })).toBe('failed 1')
  })

  test('in a streamed submit the names stand in the query', async () => {
    const query = 'function=failsAs&attempts=3&retryOn=NetError,TimeoutError&args=[2]'
    const body = '"NetError"\n"RangeError"\n'
    const job = await stack.json('POST', `/v1/pools/default/map?${query}`, body, { 'content-type': 'application/x-ndjson' })
    await stack.ended(job.id)
    expect((await failures(job.id)).map(({ index, attempts }) => [index, attempts])).toEqual([[1, 1]])
  })
})

test('what an author declares counts where the caller says nothing', async () => {
  const { functions } = await stack.json<{ functions: FunctionRecord[] }>('GET', '/v1/functions')
  const policy = { attempts: 3, backoff: { type: 'fixed', delayMs: 300 }, noRetryOn: ['TypeError'] }
  expect(functions.find(({ name }) => name === 'declared')?.policy).toEqual(policy)
  const { job } = await apply('declared', ['NetError'])
  expect(job.state).toBe('succeeded')
  // two waits of 300 ms between three tries
  expect(job.usage.wallMs).toBeGreaterThanOrEqual(600)
  expect(await outcome('declared', ['TypeError'])).toBe('failed 1')
  const quick = await apply('declared', ['TypeError'], { noRetryOn: ['RangeError'], backoff: { type: 'fixed', delayMs: 1 } })
  expect(quick.job).toMatchObject({ state: 'succeeded' })
  expect(quick.job.usage.wallMs).toBeLessThan(500)
})

test('backoff grows up to its cap, and jitter takes off no more than its share', async () => {
  const backoff = { type: 'exponential', delayMs: 100, maxDelayMs: 200 }
  const waited = async (more: object) => (await apply('onTry', [4], { attempts: 4, backoff: { ...backoff, ...more } })).job.usage.wallMs
  const plain = await waited({})
  // 100 + 200 + 200
  expect(plain).toBeGreaterThanOrEqual(500)
  expect(plain).toBeLessThan(900)
  expect(await waited({ jitter: 0.5 })).toBeGreaterThanOrEqual(250)
})

test('only the failed items of a chunk run again', async () => {
  const items: Behaviour[] = Array.from({ length: 40 }, (_, value) =>
    value % 10 === 7 ? { do: 'throw', message: 'x' } : { do: 'ok', value },
  )
  const map = { function: 'behave', items, chunkSize: 40, attempts: 3, backoff: { type: 'fixed', delayMs: 20 } }
  const { id } = await stack.json('POST', '/v1/pools/default/map', map)
  const job = await stack.ended(id)
  expect(job.items).toEqual({ total: 40, done: 40, failed: 4 })
  expect((await failures(id)).map(({ index, attempts }) => [index, attempts])).toEqual([7, 17, 27, 37].map((index) => [index, 3]))
  // one chunk of all, then two of what failed
  expect(job.usage.attempts).toBe(3)
})

test('maxFailures as a share is judged when the input has ended', async () => {
  const items: Behaviour[] = Array.from({ length: 20 }, (_, value) => (value < 3 ? { do: 'throw', message: 'x' } : { do: 'ok', value }))
  const state = async (maxFailures: string) => {
    const { id } = await stack.json('POST', '/v1/pools/default/map', { function: 'behave', items, maxFailures })
    return (await stack.ended(id)).state
  }
  expect([await state('15%'), await state('10%')]).toEqual(['succeeded', 'failed'])
})
