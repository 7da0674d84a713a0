import type { Job } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { linesOf } from '../../stack.ts'
import { apiServer, ndjson, problemOf, refusal } from './server.ts'

const api = apiServer(testRedis())
const map = '/v1/pools/default/map'
const look = async (id: string) => (await (await api.get(`/v1/jobs/${id}`)).json()) as Job
const act = (id: string, verb: string) => api.call('POST', `/v1/jobs/${id}/${verb}`)

describe('look', () => {
  test('wait holds the answer until the end, and no longer', async () => {
    const { id } = await api.submit(map, { function: 'behave', items: [{ do: 'slow', ms: 400, value: 1 }] })
    const short = (await (await api.get(`/v1/jobs/${id}?wait=0.05`)).json()) as Job
    expect(short.finishedAt).toBeNull()
    const start = performance.now()
    const long = (await (await api.get(`/v1/jobs/${id}?wait=30`)).json()) as Job
    expect(long).toMatchObject({ state: 'succeeded', items: { total: 1, done: 1, failed: 0 } })
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('unknown, and HEAD', async () => {
    expect(await refusal(api.get('/v1/jobs/default~nobody?wait=1'))).toEqual([404, 'not-found'])
    const { id } = await api.submit(map, { function: 'square', items: [1] })
    const head = await api.call('HEAD', `/v1/jobs/${id}`)
    expect([head.status, await head.text()]).toEqual([200, ''])
  })
})

describe('list', () => {
  const list = async (query: string) => (await (await api.get(`/v1/jobs?${query}`)).json()) as { jobs: Job[]; cursor: string | null }

  test('filters by state, function, pool and labels, newest first', async () => {
    const submit = (pool: string, name: string, labels: object) =>
      api.submit(`/v1/pools/${pool}/map`, { function: name, items: [1], labels })
    const first = await submit('listed', 'square', { customer: 'a', year: '2026' })
    const second = await submit('listed', 'square', { customer: 'b' })
    const third = await submit('listed', 'identity', { customer: 'a' })
    await Promise.all([first, second, third].map((job) => api.ended(job.id)))
    const ids = async (query: string) => (await list(`pool=listed&${query}`)).jobs.map((job) => job.id)
    expect(await ids('')).toEqual([third.id, second.id, first.id])
    expect(await ids('function=square')).toEqual([second.id, first.id])
    expect(await ids('label.customer=a')).toEqual([third.id, first.id])
    expect(await ids('label.customer=a&label.year=2026')).toEqual([first.id])
    expect(await ids('state=succeeded&limit=1')).toEqual([third.id])
    expect(await ids('state=failed')).toEqual([])
  })

  test('pages', async () => {
    for (let i = 0; i < 5; i++) await api.submit('/v1/pools/paged/map', { function: 'square', items: [] })
    const found: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: { jobs: Job[]; cursor: string | null } = await list(`pool=paged&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      found.push(...page.jobs.map((job) => job.id))
      cursor = page.cursor
    }
    expect(new Set(found).size).toBe(5)
  })

  test('what is wrong with the query', async () => {
    for (const query of ['state=done', 'function=a%20b', 'pool=:', 'limit=0', 'limit=1001', 'limit=x', 'cursor=nonsense']) {
      const [name = ''] = query.split('=')
      expect(await refusal(api.get(`/v1/jobs?${query}`))).toEqual([400, 'invalid-parameter', name])
    }
  })
})

describe('cancel', () => {
  test('a computing job stops, an ended one stays as it is, an unknown one is 404', async () => {
    const { id } = await api.submit(map, { function: 'spin', items: [30_000] })
    await eventually(async () => (await look(id)).state === 'running')
    expect((await (await act(id, 'cancel')).json()) as Job).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
    await eventually(async () => (await look(id)).stoppedAt !== null)
    expect((await act(id, 'cancel')).status).toBe(200)
    const done = await api.submit(map, { function: 'square', items: [] })
    expect((await (await act(done.id, 'cancel')).json()) as Job).toMatchObject({ state: 'succeeded' })
    expect(await refusal(act('default~nobody', 'cancel'))).toEqual([404, 'not-found'])
  })

  test('a body of nothing, of {} and of an empty text is fine', async () => {
    const { id } = await api.submit(map, { function: 'square', items: [] })
    for (const body of ['{}', ' { } ', '']) expect((await api.post(`/v1/jobs/${id}/cancel`, body)).status).toBe(200)
  })
})

describe('failed items, retry, forget', () => {
  const items = [
    { do: 'ok', value: 0 },
    { do: 'throw', message: 'a' },
    { do: 'ok', value: 2 },
    { do: 'throw', message: 'b' },
  ]
  const failed = async () => api.ended((await api.submit(map, { function: 'behave', items, attempts: 2 })).id)

  test('index, error, attempts and input, a page at a time', async () => {
    const { id } = await failed()
    const page = async (query: string) =>
      (await (await api.get(`/v1/jobs/${id}/items?${query}`)).json()) as {
        items: { index: number; input: unknown; attempts: number }[]
        cursor: string | null
      }
    const all = await page('state=failed')
    expect(all).toEqual({
      items: [1, 3].map((index) => ({ index, error: expect.objectContaining({ name: 'RangeError' }), attempts: 2, input: items[index] })),
      cursor: null,
    })
    const first = await page('limit=1')
    expect(first.items).toEqual(all.items.slice(0, 1))
    expect((await page(`limit=1&cursor=${first.cursor}`)).items).toEqual(all.items.slice(1))
    expect(await refusal(api.get(`/v1/jobs/${id}/items?state=done`))).toEqual([400, 'invalid-parameter', 'state'])
  })

  test('a retry is a new job of the failed items, at their indexes', async () => {
    const { id } = await failed()
    const response = await act(id, 'retry')
    const job = (await response.json()) as Job
    expect([response.status, response.headers.get('location'), job.retryOf]).toEqual([202, `/v1/jobs/${job.id}`, id])
    await api.ended(job.id)
    const lines = await linesOf<{ index: number }>(await api.get(`/v1/jobs/${job.id}/results`))
    expect(lines.map(({ index }) => index)).toEqual([1, 3])
    const whole = await (await api.get(`/v1/jobs/${job.id}/result`)).json()
    expect(whole).toMatchObject({ values: [null, null], indexes: [1, 3], errors: [{ index: 1 }, { index: 3 }] })
  })

  test('a retry of a retry: everything is told at the indexes of the first job', async () => {
    const items = [0, 1, 2, 3].map((i) => (i % 2 ? { do: 'throw', message: `m${i}` } : { do: 'ok', value: i }))
    let job = await api.submit(map, { function: 'behave', items, chunkSize: 1 })
    for (const round of ['first', 'retry', 'retry of the retry']) {
      const { errors } = await api.ended(job.id)
      const seen = errors.map(({ message, firstIndex }) => [message, firstIndex]).toSorted()
      expect([round, seen]).toEqual([
        round,
        [
          ['m1', 1],
          ['m3', 3],
        ],
      ])
      const { items: rows } = (await (await api.get(`/v1/jobs/${job.id}/items`)).json()) as { items: { index: number }[] }
      const lines = await linesOf<{ index: number; error?: object }>(await api.get(`/v1/jobs/${job.id}/results`))
      expect([rows, lines.filter(({ error }) => error)].map((list) => list.map(({ index }) => index))).toEqual([
        [1, 3],
        [1, 3],
      ])
      const listed = (await api.jobs()).find(({ id }) => id === job.id)
      expect(listed?.errors).toEqual(errors)
      job = (await (await act(job.id, 'retry')).json()) as Job
    }
  })

  test('a retry that is sent again under its Idempotency-Key makes no second job', async () => {
    const [one, other] = await Promise.all([failed(), failed()])
    const retry = (id: string) => api.call('POST', `/v1/jobs/${id}/retry`, { 'idempotency-key': 'retry' })
    const first = await retry(one.id)
    const again = await retry(one.id)
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true'])
    expect(((await again.json()) as Job).id).toBe(((await first.json()) as Job).id)
    expect(await refusal(retry(other.id))).toEqual([422, 'idempotency-key-reused'])
  })

  test('a live job is not retried and not forgotten', async () => {
    const { id } = await api.submit(map, { function: 'square', open: true })
    expect(await refusal(act(id, 'retry'))).toEqual([409, 'job-not-ended'])
    expect(await refusal(api.call('DELETE', `/v1/jobs/${id}`))).toEqual([409, 'job-not-ended'])
    await act(id, 'cancel')
    expect((await api.call('DELETE', `/v1/jobs/${id}`)).status).toBe(204)
    expect(await refusal(api.get(`/v1/jobs/${id}`))).toEqual([404, 'not-found'])
    expect(await refusal(api.call('DELETE', `/v1/jobs/${id}`))).toEqual([404, 'not-found'])
  })
})

describe('open maps', () => {
  const append = (id: string, offset: number | string, lines: string) => api.post(`/v1/jobs/${id}/items?offset=${offset}`, lines, ndjson)

  test('append, overlap, gap, close', async () => {
    const job = await api.submit(map, { function: 'square', open: true, length: 4 })
    expect(job).toMatchObject({ state: 'loading', items: { total: null, done: 0 } })
    expect(await (await append(job.id, 0, '1\n2\n')).json()).toEqual({ total: 2, accepted: 2 })
    expect(await (await append(job.id, 0, '1\n2\n3\n')).json()).toEqual({ total: 3, accepted: 3 })
    const gap = await problemOf(await append(job.id, 9, '9\n'))
    expect(gap).toMatchObject({ status: 409, code: 'offset-mismatch', total: 3 })
    expect(await (await append(job.id, 3, '')).json()).toEqual({ total: 3, accepted: 0 })
    expect(await (await append(job.id, 3, '4')).json()).toEqual({ total: 4, accepted: 1 })
    expect(((await (await act(job.id, 'close')).json()) as Job).items.total).toBe(4)
    expect((await act(job.id, 'close')).status).toBe(200)
    expect((await refusal(append(job.id, 4, '5\n')))[1]).toBe('not-open')
    await api.ended(job.id)
    expect(await (await api.get(`/v1/jobs/${job.id}/result`)).json()).toEqual({ values: [1, 4, 9, 16] })
  })

  test('what is wrong with an append', async () => {
    const { id } = await api.submit(map, { function: 'square', open: true })
    for (const offset of ['', '-1', 'x', '1.5'])
      expect(await refusal(append(id, offset, '1\n'))).toEqual([400, 'invalid-parameter', 'offset'])
    expect(await refusal(api.post(`/v1/jobs/${id}/items`, '1\n', ndjson))).toEqual([400, 'invalid-parameter', 'offset'])
    expect(await refusal(api.post(`/v1/jobs/${id}/items?offset=0`, [1]))).toEqual([415, 'unsupported-media-type'])
    expect(await refusal(append('default~nobody', 0, '1\n'))).toEqual([404, 'not-found'])
    await act(id, 'cancel')
  })
})

describe('pools, functions, workers, health', () => {
  test('a pool is made, read, changed, used and deleted', async () => {
    const made = await api.post('/v1/pools', { name: 'reports', processes: 4 })
    expect([made.status, made.headers.get('location')]).toEqual([201, '/v1/pools/reports'])
    expect(await made.json()).toEqual({
      name: 'reports',
      processes: 4,
      initializer: null,
      maxTasksPerChild: null,
      priority: 0,
      rateLimit: null,
      state: 'open',
      paused: false,
      running: 0,
      jobs: 0,
      createdAt: expect.any(String),
    })
    const patch = (body: string) =>
      fetch(`${api.url}/v1/pools/reports`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body })
    expect(await (await patch('{"processes":null}')).json()).toMatchObject({ name: 'reports', processes: null })
    expect((await refusal(patch('{}'))).slice(0, 2)).toEqual([400, 'invalid-parameter'])
    expect(await refusal(patch('{"processes":0}'))).toEqual([400, 'invalid-parameter', '/processes'])
    expect(await refusal(patch('{"processes":1,"name":"x"}'))).toEqual([400, 'unknown-field', '/name'])
    expect((await (await api.get('/v1/pools/reports')).json()) as object).toMatchObject({ name: 'reports' })
    expect((await api.call('DELETE', '/v1/pools/reports')).status).toBe(204)
    expect(await refusal(api.get('/v1/pools/reports'))).toEqual([404, 'not-found'])
    expect(await refusal(api.call('DELETE', '/v1/pools/reports'))).toEqual([404, 'not-found'])
  })

  test('default exists, others by their first job', async () => {
    await api.submit('/v1/pools/byuse/map', { function: 'square', items: [1] })
    const { pools } = (await (await api.get('/v1/pools')).json()) as { pools: { name: string }[] }
    expect(pools.map(({ name }) => name)).toEqual(expect.arrayContaining(['default', 'byuse']))
  })

  test('functions and workers', async () => {
    const { functions } = (await (await api.get('/v1/functions')).json()) as { functions: { name: string; workers: number }[] }
    expect(functions.find(({ name }) => name === 'square')).toMatchObject({ workers: 1, builds: [expect.any(String)] })
    const { workers } = (await (await api.get('/v1/workers')).json()) as { workers: object[] }
    expect(workers).toEqual([expect.objectContaining({ pid: process.pid, processes: 2 })])
  })

  test('health', async () => {
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ] as const) {
      const response = await api.get(path)
      expect([response.status, await response.json()]).toEqual([200, { status }])
    }
  })
})
