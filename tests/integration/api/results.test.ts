import { get as httpGet, type IncomingMessage } from 'node:http'
import type { Job } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { linesOf } from '../../stack.ts'
import { apiServer, ndjson, problemOf, refusal } from './server.ts'

const api = apiServer(testRedis())
const map = '/v1/pools/default/map'
const parts = 'application/vnd.manyhands.parts'

interface Line {
  index: number
  value?: unknown
  error?: { code: string }
}

const finished = async (body: object) => api.ended((await api.submit(map, body)).id)
const squares = (count: number, more: object = {}) =>
  finished({ function: 'square', items: Array.from({ length: count }, (_, i) => i), ...more })
const read = async (id: string, query = '') => linesOf<Line>(await api.get(`/v1/jobs/${id}/results${query}`))

/** A stream that the test reads as it comes. */
function follow(path: string, headers: Record<string, string> = {}): Promise<{ response: IncomingMessage; text: () => string }> {
  return new Promise((resolve, reject) => {
    const request = httpGet(api.url + path, { headers }, (response) => {
      let text = ''
      response.on('data', (piece: Buffer) => (text += piece))
      response.on('error', () => undefined)
      resolve({ response, text: () => text })
    })
    request.on('error', reject)
  })
}

describe('lines', () => {
  test('index and value; an error in place of a value', async () => {
    const ok = { do: 'ok', value: { a: '\u20ac' } }
    const job = await finished({ function: 'behave', items: [ok, { do: 'throw', message: 'no' }, { do: 'nothing' }] })
    const response = await api.get(`/v1/jobs/${job.id}/results`)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = await linesOf<Line>(response)
    expect(lines).toEqual([
      { index: 0, value: { a: '\u20ac' } },
      { index: 1, error: expect.objectContaining({ name: 'RangeError', code: 'function-error', message: 'no' }) },
      { index: 2, value: null },
    ])
  })

  test('the order of the input, whatever ends first; or the order of completion', async () => {
    const items = [{ do: 'slow', ms: 600, value: 'slow' }, ...Array.from({ length: 5 }, (_, value) => ({ do: 'ok', value }))]
    const job = await finished({ function: 'behave', items, chunkSize: 1 })
    expect((await read(job.id)).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5])
    const completed = (await read(job.id, '?order=completion')).map(({ index }) => index)
    expect(completed.at(-1)).toBe(0)
    expect(completed.toSorted()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('after=n goes on behind n lines, in either order', async () => {
    const job = await squares(200, { chunkSize: 7 })
    for (const order of ['input', 'completion']) {
      const all = await read(job.id, `?order=${order}`)
      for (const after of [0, 1, 6, 7, 50, 199, 200, 1000])
        expect(await read(job.id, `?order=${order}&after=${after}`)).toEqual(all.slice(after))
    }
  })

  test('frames=true ends with a line that says how', async () => {
    const job = await squares(2)
    const response = await api.get(`/v1/jobs/${job.id}/results?frames=true`)
    expect((await response.text()).split('\n').at(-2)).toBe('{"end":{"state":"succeeded","items":{"total":2,"done":2,"failed":0}}}')
  })

  test('a large index and a long value', async () => {
    const long = 'x'.repeat(200_000)
    const job = await finished({ function: 'identity', items: [long, '', long] })
    expect((await read(job.id)).map(({ value }) => value)).toEqual([long, '', long])
  })
})

/** Ended with gaps: both processes hang, in items 1 and 4, and item 5 has not begun. */
async function endedEarly(): Promise<Job> {
  const ok = (value: string) => ({ do: 'ok', value })
  const items = [ok('a'), { do: 'hang' }, ok('c'), ok('d'), { do: 'hang' }, ok('f')]
  const job = await api.submit(map, { function: 'behave', items, chunkSize: 1 })
  await eventually(async () => ((await (await api.get(`/v1/jobs/${job.id}`)).json()) as Job).items.done === 3)
  await api.call('POST', `/v1/jobs/${job.id}/cancel`)
  return api.ended(job.id)
}

test('of a job that ended early: a line for each item that ran, also behind a gap; after=n counts lines', async () => {
  const job = await endedEarly()
  const all = await read(job.id)
  expect(all).toEqual([
    { index: 0, value: 'a' },
    { index: 2, value: 'c' },
    { index: 3, value: 'd' },
  ])
  for (const after of [1, 2, 3, 4]) expect(await read(job.id, `?after=${after}`)).toEqual(all.slice(after))
  expect((await read(job.id, '?order=completion')).length).toBe(3)
})

describe('live', () => {
  test('the head and each result come while the job runs', async () => {
    const job = await api.submit(map, {
      function: 'behave',
      items: [
        { do: 'ok', value: 1 },
        { do: 'slow', ms: 1500, value: 2 },
      ],
      chunkSize: 1,
    })
    const { response, text } = await follow(`/v1/jobs/${job.id}/results`)
    await eventually(() => text() === '{"index":0,"value":1}\n')
    expect(((await (await api.get(`/v1/jobs/${job.id}`)).json()) as Job).finishedAt).toBeNull()
    await eventually(() => response.complete, { timeoutMs: 10_000 })
    expect(text()).toBe('{"index":0,"value":1}\n{"index":1,"value":2}\n')
  })

  test('a reader that goes away is let go', async () => {
    const job = await api.submit(map, { function: 'square', open: true, results: 'once' })
    const first = await follow(`/v1/jobs/${job.id}/results`)
    expect(await refusal(api.get(`/v1/jobs/${job.id}/results`))).toEqual([409, 'reader-exists'])
    first.response.destroy()
    await eventually(async () => {
      const again = await follow(`/v1/jobs/${job.id}/results`)
      again.response.destroy()
      return again.response.statusCode === 200
    })
    await api.call('POST', `/v1/jobs/${job.id}/cancel`)
  })

  test('a slow reader slows the sending, and loses nothing', async () => {
    const value = 'x'.repeat(100_000)
    const job = await finished({ function: 'behave', items: Array.from({ length: 200 }, () => ({ do: 'ok', value: value.length })) })
    expect(job.state).toBe('succeeded')
    const large = await api.post(`${map}?function=identity`, `${JSON.stringify(value)}\n`.repeat(200), ndjson)
    const { id } = JSON.parse((await large.text()).trim()) as Job
    const { promise, resolve } = Promise.withResolvers<number>()
    httpGet(`${api.url}/v1/jobs/${id}/results`, (response) => {
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
        response.pause()
        setImmediate(() => response.resume())
      })
      response.on('end', () => resolve(bytes))
    })
    expect(await promise).toBe(
      Array.from({ length: 200 }, (_, index) => JSON.stringify({ index, value }).length + 1).reduce((a, b) => a + b),
    )
  })
})

describe('parts', () => {
  interface Part {
    runs: [number, number][]
    failed: number[]
    bytes: number
  }

  /** The values by index, and the last line. */
  function decode(bytes: Buffer): { values: unknown[]; end: Job } {
    const values: unknown[] = []
    let at = 0
    for (;;) {
      const headerEnd = bytes.indexOf(10, at)
      const header = JSON.parse(bytes.subarray(at, headerEnd).toString()) as Part & { end?: Job }
      if (header.end) return { values, end: header.end }
      at = headerEnd + 1 + (header.bytes ?? 0)
      place(
        values,
        header,
        bytes
          .subarray(headerEnd + 1, at)
          .toString()
          .split('\n')
          .slice(0, -1),
      )
    }
  }

  function place(values: unknown[], { runs, failed }: Part, lines: string[]): void {
    const indexes = runs.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i))
    expect(lines.length).toBe(indexes.length)
    for (const [i, line] of lines.entries()) values[indexes[i] ?? -1] = failed.includes(i) ? 'failed' : JSON.parse(line)
  }

  test('a header line, then so many bytes; the job as the last line', async () => {
    const items = Array.from({ length: 50 }, (_, i) => (i % 10 === 3 ? { do: 'throw', message: 'x' } : { do: 'ok', value: i }))
    const job = await finished({ function: 'behave', items, chunkSize: 8 })
    const response = await api.get(`/v1/jobs/${job.id}/results?order=completion`, { accept: parts })
    expect(response.headers.get('content-type')).toBe(`${parts}; wire=plain`)
    const { values, end } = decode(Buffer.from(await response.arrayBuffer()))
    expect(values).toEqual(items.map((_, i) => (i % 10 === 3 ? 'failed' : i)))
    expect(end).toMatchObject({ id: job.id, state: 'failed', items: { total: 50, done: 50, failed: 5 } })
  })

  test('the head says when values carry tags', async () => {
    const headers = { 'content-type': 'application/vnd.manyhands+json' }
    const job = await api.submit(map, { function: 'identity', items: [{ $bigint: '5' }] }, headers)
    await api.ended(job.id)
    const response = await api.get(`/v1/jobs/${job.id}/results`, { accept: parts })
    expect(response.headers.get('content-type')).toBe(`${parts}; wire=tagged`)
    expect(decode(Buffer.from(await response.arrayBuffer())).values).toEqual([{ $bigint: '5' }])
    const lines = await api.get(`/v1/jobs/${job.id}/results`, { accept: 'application/vnd.manyhands+ndjson' })
    expect(lines.headers.get('content-type')).toBe('application/vnd.manyhands+ndjson')
    await lines.text()
  })
})

describe('the whole result', () => {
  test('values; errors by index with null in their places', async () => {
    const job = await finished({
      function: 'behave',
      items: [
        { do: 'ok', value: 1 },
        { do: 'throw', message: 'a' },
        { do: 'ok', value: 3 },
        { do: 'throw', message: 'b' },
      ],
    })
    const failure = (message: string) => expect.objectContaining({ name: 'RangeError', code: 'function-error', message })
    const response = await api.get(`/v1/jobs/${job.id}/result`)
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        error: failure('a'),
        values: [1, null, 3, null],
        errors: [
          { index: 1, error: failure('a') },
          { index: 3, error: failure('b') },
        ],
      },
    ])
  })

  test('tolerated failures are no error of the job', async () => {
    const job = await finished({
      function: 'behave',
      items: [
        { do: 'ok', value: 1 },
        { do: 'throw', message: 'a' },
      ],
      maxFailures: 1,
    })
    expect(job.state).toBe('succeeded')
    const body = (await (await api.get(`/v1/jobs/${job.id}/result`)).json()) as Record<string, unknown>
    expect(Object.keys(body)).toEqual(['values', 'errors'])
  })

  test('202 and the job before its end; wait holds the answer', async () => {
    const job = await api.submit(map, { function: 'behave', items: [{ do: 'slow', ms: 700, value: 1 }] })
    const early = await api.get(`/v1/jobs/${job.id}/result`)
    expect([early.status, early.headers.get('location'), early.headers.get('retry-after')]).toEqual([202, `/v1/jobs/${job.id}`, '1'])
    expect(((await early.json()) as Job).id).toBe(job.id)
    const held = await api.get(`/v1/jobs/${job.id}/result?wait=10`)
    expect([held.status, await held.json()]).toEqual([200, { values: [1] }])
  })

  test('of a job that ended early: its error, what was there, and the others as failed items that never ran', async () => {
    const job = await endedEarly()
    const body = await (await api.get(`/v1/jobs/${job.id}/result`)).json()
    const notRun = (index: number) => ({ index, error: expect.objectContaining({ code: 'not-run' }) })
    expect(body).toEqual({
      error: expect.objectContaining({ code: 'cancelled' }),
      values: ['a', null, 'c', 'd', null, null],
      errors: [1, 4, 5].map(notRun),
    })
  })

  test('a retry that ended early: what never ran stands at its original index', async () => {
    const items = [{ do: 'ok', value: 1 }, { do: 'hang' }, { do: 'hang' }]
    const { id } = await finished({ function: 'behave', items, chunkSize: 1, timeoutMs: 1000 })
    const retry = (await (await api.call('POST', `/v1/jobs/${id}/retry`)).json()) as Job
    await api.call('POST', `/v1/jobs/${retry.id}/cancel`)
    const body = (await (await api.get(`/v1/jobs/${retry.id}/result`)).json()) as { values: unknown[]; indexes: number[]; errors: Line[] }
    expect([body.values, body.indexes]).toEqual([
      [null, null],
      [1, 2],
    ])
    expect(body.errors).toMatchObject([1, 2].map((index) => ({ index, error: { code: 'not-run' } })))
  })
})

describe('the results policies', () => {
  test('once: read, and gone but for the tail', async () => {
    const job = await squares(100, { results: 'once', chunkSize: 10 })
    expect((await read(job.id)).length).toBe(100)
    expect((await read(job.id, '?after=100')).length).toBe(0)
  })

  test('discard: 410 that says where the counts are', async () => {
    const job = await squares(3, { results: 'discard' })
    expect(job).toMatchObject({ state: 'succeeded', results: 'discard', items: { done: 3 } })
    for (const path of ['result', 'results']) {
      const problem = await problemOf(await api.get(`/v1/jobs/${job.id}/${path}`))
      expect([problem.status, problem.code]).toEqual([410, 'results-discarded'])
      expect(problem.detail).toContain(`/v1/jobs/${job.id}`)
    }
  })
})

test('what is wrong with the query', async () => {
  for (const query of ['after=-1', 'after=x', 'after=1.5', 'order=random', 'frames=1', 'frames=yes']) {
    const [name = ''] = query.split('=')
    expect(await refusal(api.get(`/v1/jobs/default~x/results?${query}`))).toEqual([400, 'invalid-parameter', name])
  }
  for (const wait of ['31', '-1', 'x', ''])
    expect(await refusal(api.get(`/v1/jobs/default~x/result?wait=${wait}`))).toEqual([400, 'invalid-parameter', 'wait'])
  expect(await refusal(api.get('/v1/jobs/default~x/results'))).toEqual([404, 'not-found'])
  expect(await refusal(api.get('/v1/jobs/default~x/result'))).toEqual([404, 'not-found'])
})
