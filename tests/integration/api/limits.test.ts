import { testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { apiServer, ndjson, problemOf, refusal } from './server.ts'

/** reliability-rules.md, attack 7, and the other bounds that settings give. */
const settings = { MANYHANDS_ITEMS: '10', MANYHANDS_OPEN_JOBS: '20', MANYHANDS_ITEM_BYTES: '1000', MANYHANDS_WHOLE_RESULT_BYTES: '2000' }
const redis = testRedis()
const api = apiServer(redis, { settings })
const map = '/v1/pools/default/map'

describe('attack 7', () => {
  test('limit + 1 items: 422 before anything is stored', async () => {
    const items = Array.from({ length: 11 }, (_, i) => i)
    expect(await refusal(api.post(map, { function: 'square', items }))).toEqual([422, 'too-many-items'])
    expect(await api.jobs()).toEqual([])
  })

  test.each([0, -1, 1.5, 1e9, '5', null, [1]])('chunkSize %j: 400', async (chunkSize) => {
    expect(await refusal(api.post(map, { function: 'square', items: [1], chunkSize }))).toEqual([400, 'invalid-parameter', '/chunkSize'])
  })
  test.each(['0', '-1', '1.5', '1e9', '0x10', ' 5', '', 'x', '1&chunkSize=2'])('chunkSize=%s in a query: 400', async (chunkSize) => {
    expect(await refusal(api.post(`${map}?function=square&chunkSize=${chunkSize}`, '1\n', ndjson))).toEqual([
      400,
      'invalid-parameter',
      'chunkSize',
    ])
  })

  test('100 maps at once: those over the limit get 429 with Retry-After, nothing of them is stored', async () => {
    const body = { function: 'behave', items: [{ do: 'hang' }] }
    const answers = await Promise.all(Array.from({ length: 100 }, () => api.post(map, body)))
    const refused = answers.filter((answer) => answer.status === 429)
    expect([refused.length, answers.filter((answer) => answer.status === 202).length]).toEqual([80, 20])
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    expect((await problemOf(refused[0] as Response)).code).toBe('quota-exceeded')
    const jobs = await api.jobs()
    expect(jobs.length).toBe(20)
    await Promise.all(jobs.map((job) => api.call('POST', `/v1/jobs/${job.id}/cancel`)))
    expect((await api.post(map, { function: 'square', items: [1] })).status).toBe(202)
  })
})

describe('a stream over a limit ends with a problem, and its job is cancelled', () => {
  const streamed = async (lines: string) => {
    const response = await api.post(`${map}?function=square`, lines, ndjson)
    expect(response.status).toBe(202)
    const id = response.headers.get('location')?.split('/').at(-1) ?? ''
    return { problem: JSON.parse((await response.text()).trim()), job: await api.ended(id) }
  }

  test('too many items', async () => {
    const { problem, job } = await streamed('1\n'.repeat(11))
    expect(problem).toMatchObject({ status: 422, code: 'too-many-items' })
    expect(job).toMatchObject({ state: 'cancelled', error: { code: 'input-aborted' } })
  })

  test('a giant line, with and without an end', async () => {
    for (const line of [`1\n"${'x'.repeat(1000)}"\n2\n`, `1\n"${'x'.repeat(5_000_000)}`]) {
      const { problem, job } = await streamed(line)
      expect(problem).toMatchObject({ status: 413, code: 'item-too-large' })
      expect(job).toMatchObject({ state: 'cancelled', error: { code: 'input-aborted' } })
    }
  })

  test('a line of exactly the limit is taken', async () => {
    const { problem } = await streamed(`"${'x'.repeat(998)}"\n`)
    expect(problem).toMatchObject({ items: { total: 1 } })
  })
})

describe('the same bounds on other doors', () => {
  test('an item of a JSON body, arguments of an apply, a line of an append', async () => {
    const large = 'x'.repeat(1000)
    expect((await refusal(api.post(map, { function: 'square', items: [1, large] }))).slice(0, 2)).toEqual([413, 'item-too-large'])
    expect((await refusal(api.post('/v1/pools/default/apply', { function: 'square', args: [large] }))).slice(0, 2)).toEqual([
      413,
      'item-too-large',
    ])
    const open = await api.submit(map, { function: 'square', open: true })
    expect((await refusal(api.post(`/v1/jobs/${open.id}/items?offset=0`, `"${large}"\n`, ndjson))).slice(0, 2)).toEqual([
      413,
      'item-too-large',
    ])
    await api.call('POST', `/v1/jobs/${open.id}/cancel`)
  })

  test('an append of more than 8 MiB: 413', async () => {
    const open = await api.submit(map, { function: 'square', open: true })
    const body = '1\n'.repeat(4 << 20) + '1\n'
    expect(await refusal(api.post(`/v1/jobs/${open.id}/items?offset=0`, body, ndjson))).toEqual([413, 'body-too-large'])
    await api.call('POST', `/v1/jobs/${open.id}/cancel`)
  })

  test('a result of more than the limit: 413 that names the stream; Prefer: wait falls back to the job', async () => {
    const body = { function: 'behave', items: Array.from({ length: 10 }, () => ({ do: 'big', bytes: 300 })) }
    const job = await api.submit(map, body)
    await api.ended(job.id)
    const response = await api.get(`/v1/jobs/${job.id}/result`)
    expect((await problemOf(response)).detail).toContain(`/v1/jobs/${job.id}/results`)
    expect(response.status).toBe(413)
    const held = await api.post(map, body, { 'content-type': 'application/json', prefer: 'wait=10' })
    expect([held.status, ((await held.json()) as { state: string }).state]).toEqual([202, 'succeeded'])
  })

  test('10,001 calls: 422', async () => {
    const calls = Array.from({ length: 10_001 }, () => ({ function: 'square' }))
    expect((await refusal(api.post('/v1/pools/default/apply', { calls }))).slice(0, 2)).toEqual([422, 'too-many-items'])
    const lines = '{"function":"square"}\n'.repeat(10_001)
    expect((await refusal(api.post('/v1/pools/default/apply', lines, ndjson))).slice(0, 2)).toEqual([422, 'too-many-items'])
  })
})
