import type { Item } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: redis.url, settings: { MANYHANDS_PROCESSES: '1' } })
})
afterAll(() => stack.stop())

const item = (job: string, index: number) => stack.json<Item>('GET', `/v1/jobs/${job}/items/${index}`)

async function map(fields: object): Promise<string> {
  return (await stack.json('POST', '/v1/pools/default/map', fields)).id
}
async function ended(fields: object): Promise<string> {
  const id = await map(fields)
  await stack.ended(id)
  return id
}
const place = { worker: expect.any(String), host: expect.any(String), build: expect.stringMatching(/^[0-9a-f]+$/), ms: expect.any(Number) }

describe('an item', () => {
  test('that succeeded has its value, and where it ran', async () => {
    const id = await ended({ function: 'identity', items: [{ a: 1 }, [2], '3', null], chunkSize: 2 })
    expect(await Promise.all([0, 1, 2, 3].map((index) => item(id, index)))).toEqual(
      [{ a: 1 }, [2], '3', null].map((value, index) => ({ index, state: 'succeeded', value, attempts: 1, ...place })),
    )
  })

  test('says how long it took', async () => {
    const id = await ended({ function: 'spin', items: [80], chunkSize: 1 })
    const { ms } = await item(id, 0)
    expect(ms).toBeGreaterThan(75)
    expect(ms).toBeLessThan(400)
  })

  test('that failed has its error, its input and the end of what it wrote', async () => {
    const items = [
      { do: 'ok', value: 1 },
      { do: 'throw', message: 'no' },
    ]
    const { id } = await stack.json('POST', '/v1/pools/default/starmap', {
      function: 'chatty',
      items: items.map((behaviour, i) => [`I am ${i}`, behaviour]),
      attempts: 2,
    })
    await stack.ended(id)
    const failed = await item(id, 1)
    expect(failed).toMatchObject({ index: 1, state: 'failed', attempts: 2, ...place })
    expect(failed).toMatchObject({ error: { name: 'RangeError', message: 'no' }, input: ['I am 1', { do: 'throw', message: 'no' }] })
    // of its last run, both streams, and nothing of its neighbour
    expect(failed.log).toBe('I am 1\nI am 1!\n')
    const fine = await item(id, 0)
    expect([fine.state, 'log' in fine]).toEqual(['succeeded', false])
  })

  test.each<[string, object, object, object]>([
    ['whose process died', { do: 'kill', signal: 'SIGKILL' }, {}, { error: { code: 'worker-crashed', signal: 'SIGKILL' } }],
    ['that ran out of time', { do: 'spin', ms: 60_000 }, { timeoutMs: 300 }, { error: { code: 'timeout' } }],
    ['that exited', { do: 'exit', code: 3 }, {}, { error: { code: 'worker-crashed', exitCode: 3 } }],
  ])('%s has what it wrote, once', async (_, behaviour, options, expected) => {
    const { id } = await stack.json('POST', '/v1/pools/default/apply', { function: 'chatty', args: ['last words', behaviour], ...options })
    await stack.ended(id)
    expect(await item(id, 0)).toMatchObject({ state: 'failed', log: 'last words\nlast words!\n', ...expected, ...place })
  })

  test('that ran out of time took that time, also among fast ones', async () => {
    const id = await ended({ function: 'spin', items: [0, 60_000, 0], timeoutMs: 300, chunkSize: 3 })
    expect((await item(id, 1)).ms).toBeGreaterThanOrEqual(300)
  })

  test('keeps the last 4 KiB, whole characters', async () => {
    const text = `${'a'.repeat(5000)}${'é'.repeat(3000)}`
    const { id } = await stack.json('POST', '/v1/pools/default/apply', { function: 'chatty', args: [text, { do: 'throw', message: '' }] })
    await stack.ended(id)
    const { log = '' } = await item(id, 0)
    expect(Buffer.byteLength(log)).toBeLessThanOrEqual(4096)
    expect(Buffer.byteLength(log)).toBeGreaterThan(4090)
    expect(log).toMatch(/^é+!\n$/)
  })

  test('is waiting, then running with its progress, then not run', async () => {
    const items = [[[0.5, { done: 2, total: 3 }], 60_000]]
    const { id } = await stack.json('POST', '/v1/pools/default/starmap', { function: 'reports', items: [...items, ...items], chunkSize: 1 })
    const running = await eventually(async () => {
      const now = await item(id, 0)
      return now.progress ? now : false
    })
    expect(running).toMatchObject({ index: 0, state: 'running', attempts: 1, progress: { value: 0.5 } })
    expect(await item(id, 1)).toEqual({ index: 1, state: 'waiting', attempts: 0 })
    await stack.json('POST', `/v1/jobs/${id}/cancel`)
    expect(await Promise.all([item(id, 0), item(id, 1)])).toEqual([0, 1].map((index) => ({ index, state: 'not-run', attempts: 0 })))
  })

  test('of a retry is asked for by its first index', async () => {
    const items = [
      { do: 'ok', value: 0 },
      { do: 'throw', message: 'one' },
      { do: 'ok', value: 2 },
      { do: 'throw', message: 'three' },
    ]
    const first = await ended({ function: 'behave', items })
    const { id } = await stack.json('POST', `/v1/jobs/${first}/retry`)
    await stack.ended(id)
    expect(await item(id, 3)).toMatchObject({ index: 3, state: 'failed', error: { message: 'three' } })
    expect((await stack.call('GET', `/v1/jobs/${id}/items/0`)).status).toBe(404)
  })

  test('that is not there is refused by name', async () => {
    const id = await ended({ function: 'square', items: [1, 2] })
    const answers = await Promise.all(
      ['2', '-1', 'x', '99999999999999999999'].map((index) => stack.call('GET', `/v1/jobs/${id}/items/${index}`)),
    )
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 400])
    expect((await stack.call('GET', '/v1/jobs/default~nobody/items/0')).status).toBe(404)
  })

  test('of results that are not kept has no value, but its error', async () => {
    const items = [
      { do: 'ok', value: 1 },
      { do: 'throw', message: 'no' },
    ]
    const id = await ended({ function: 'behave', items, results: 'discard' })
    expect(await item(id, 0)).toEqual({ index: 0, state: 'succeeded', attempts: 1 })
    expect(await item(id, 1)).toMatchObject({ state: 'failed', error: { message: 'no', at: { attempt: 1 } }, worker: expect.any(String) })
  })

  test('of a job of many is found', async () => {
    const id = await ended({ function: 'square', items: Array.from({ length: 5000 }, (_, i) => i) })
    expect((await item(id, 4321)).value).toBe(4321 ** 2)
  })
})

test('what is kept of what failed items write is bounded', async () => {
  const items = Array.from({ length: 1100 }, (_, i) => [`${i}`, { do: 'throw', message: 'x' }])
  const { id } = await stack.json('POST', '/v1/pools/default/starmap', { function: 'chatty', items })
  await stack.ended(id)
  const logs = await Promise.all([0, 1023, 1024, 1099].map(async (index) => 'log' in (await item(id, index))))
  expect(logs).toEqual([true, true, false, false])
  await stack.json('DELETE', `/v1/jobs/${id}`)
})
