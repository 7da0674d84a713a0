import { createHash } from 'node:crypto'
import type { Job } from '@manyhands/contracts'
import { testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { apiServer, json, ndjson, problemOf, refusal, tagged } from './server.ts'

const api = apiServer(testRedis())
const apply = '/v1/pools/default/apply'
const map = '/v1/pools/default/map'
const starmap = '/v1/pools/default/starmap'
const waiting = { ...json, prefer: 'wait=10' }

const result = async (response: Response | Promise<Response>) => {
  const answer = await response
  expect(answer.status).toBe(200)
  return answer.json()
}

describe('202', () => {
  test('the job as the body, Location, Retry-After', async () => {
    const response = await api.post(map, { function: 'square', items: [1, 2], labels: { customer: '42' }, id: 'my-own' })
    const job = (await response.json()) as Job
    expect(response.status).toBe(202)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('location')).toBe(`/v1/jobs/${job.id}`)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(job).toMatchObject({
      kind: 'map',
      function: 'square',
      pool: 'default',
      items: { total: 2, done: 0 },
      labels: { customer: '42' },
    })
    expect(job.id).toMatch(/^t-[0-9a-f]{16}~my-own$/)
    expect(await refusal(api.post(map, { function: 'square', items: [], id: 'my-own' }))).toEqual([409, 'job-id-taken'])
  })

  test('a map of nothing ends at once', async () => {
    const job = await api.submit(map, { function: 'square', items: [] })
    expect(job).toMatchObject({ state: 'succeeded', items: { total: 0 } })
    expect(await result(api.get(`/v1/jobs/${job.id}/result`))).toEqual({ values: [] })
  })
})

describe('Prefer: wait', () => {
  test('the result of an apply in one exchange', async () => {
    const response = await api.post(apply, { function: 'square', args: [5] }, waiting)
    expect(response.headers.get('preference-applied')).toBe('wait=10')
    expect(response.headers.get('location')).toMatch(/^\/v1\/jobs\//)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await result(response)).toEqual({ value: 25 })
  })

  test('an error that maxFailures tolerates is the answer all the same, now and later', async () => {
    const args = [{ do: 'throw', message: 'no' }]
    const response = await api.post(apply, { function: 'behave', args, maxFailures: 1 }, waiting)
    const job = response.headers.get('location') ?? ''
    const error = { error: expect.objectContaining({ name: 'RangeError', message: 'no' }) }
    expect(await result(response)).toEqual(error)
    expect(await (await api.get(job)).json()).toMatchObject({ state: 'succeeded', items: { failed: 1 } })
    expect(await result(api.get(`${job}/result`))).toEqual(error)
  })

  test('202 and the job when the time is over before the job', async () => {
    const response = await api.post(apply, { function: 'later', args: [3000, 1] }, { ...json, prefer: 'wait=1, respond-async' })
    expect([response.status, response.headers.get('preference-applied')]).toEqual([202, null])
    expect(((await response.json()) as Job).state).not.toBe('succeeded')
  })

  test('more than 30 s are 30 s; what is not understood is passed over', async () => {
    const many = await api.post(apply, { function: 'square', args: [2] }, { ...json, prefer: 'wait=3600' })
    expect(many.headers.get('preference-applied')).toBe('wait=30')
    for (const prefer of ['wait=soon', 'wait=-1', 'wait', 'handling=strict', 'wait=0']) {
      expect((await api.post(apply, { function: 'square', args: [2] }, { ...json, prefer })).status).toBe(202)
    }
  })

  test('values with tags are named so only to whom they are understandable', async () => {
    const body = '{"function":"identity","args":[{"$bigint":"12"}]}'
    const plain = await api.post(apply, body, { ...tagged, prefer: 'wait=10' })
    expect(plain.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const typed = await api.post(apply, body, { ...tagged, prefer: 'wait=10', accept: 'application/vnd.manyhands+json' })
    expect(typed.headers.get('content-type')).toBe('application/vnd.manyhands+json')
    expect(await typed.json()).toEqual({ value: { $bigint: '12' } })
    const literal = await api.post(apply, body, { ...waiting, accept: 'application/vnd.manyhands+json' })
    expect(literal.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await literal.json()).toEqual({ value: { $bigint: '12' } })
  })
})

describe('what reaches the function', () => {
  test('values are the raw text: as they were written, but for whitespace between them', async () => {
    const body = '{"function":"identity","items":[ 1.50, "a\\u00e9\\n ü", {"b" :\n [1e2 , {"a":null}]},\r\n true ]}'
    const response = await api.post(map, body, waiting)
    expect(await response.text()).toBe('{"values":[1.5,"aé\\n ü",{"b":[100,{"a":null}]},true]}\n')
  })

  test('constants, rows, arguments, kwargs', async () => {
    expect(await result(api.post(map, { function: 'add', items: [1, 2], args: [10] }, waiting))).toEqual({ values: [11, 12] })
    expect(
      await result(
        api.post(
          starmap,
          {
            function: 'add',
            items: [
              [1, 2],
              [3, 4],
            ],
          },
          waiting,
        ),
      ),
    ).toEqual({ values: [3, 7] })
    expect(await result(api.post(apply, { function: 'add', args: [1, 2] }, waiting))).toEqual({ value: 3 })
    expect(await result(api.post(apply, { function: 'identity', kwargs: { a: [1] } }, waiting))).toEqual({ value: { a: [1] } })
    expect(await result(api.post(apply, { function: 'later', args: [1], kwargs: { a: 1 } }, waiting))).toEqual({ value: { a: 1 } })
    expect(await result(api.post(apply, { function: 'identity' }, waiting))).toEqual({ value: null })
  })
})

describe('many calls', () => {
  test('each is a job of its own', async () => {
    const calls = [1, 2, 3].map((n) => ({ function: 'square', args: [n], id: `call-${n}` }))
    const response = await api.post(apply, { calls })
    const { jobs } = (await response.json()) as { jobs: Job[] }
    expect([response.status, jobs.map((job) => job.kind)]).toEqual([202, ['apply', 'apply', 'apply']])
    await Promise.all(jobs.map((job) => api.ended(job.id)))
    const values = await Promise.all(jobs.map((job) => result(api.get(`/v1/jobs/${job.id}/result`))))
    expect(values).toEqual([{ value: 1 }, { value: 4 }, { value: 9 }])
  })

  test('one a line: BOM, CRLF, blank lines and no last line end are fine', async () => {
    const body = '\ufeff{"function":"square","args":[2]}\r\n\r\n   \n{"function":"add","args":[1,2]}'
    const { jobs } = (await (await api.post(apply, body, ndjson)).json()) as { jobs: Job[] }
    expect(jobs.map((job) => job.function)).toEqual(['square', 'add'])
  })

  test('all or nothing: a bad one is named by its place, and none is taken', async () => {
    const before = (await api.jobs()).length
    const calls = [
      { function: 'square', args: [1] },
      { function: 'square', args: 5 },
    ]
    expect(await refusal(api.post(apply, { calls }))).toEqual([400, 'invalid-parameter', '/calls/1/args'])
    expect(await refusal(api.post(apply, calls.map((call) => JSON.stringify(call)).join('\n'), ndjson))).toEqual([
      400,
      'invalid-parameter',
      '/1/args',
    ])
    expect(await refusal(api.post(apply, { calls: [{ function: 'square' }, { function: 'nobody' }] }))).toEqual([404, 'function-not-found'])
    expect(await refusal(api.post(apply, { calls: [] }))).toEqual([400, 'invalid-parameter', '/calls'])
    expect(await refusal(api.post(apply, '\n\n', ndjson))).toEqual([400, 'invalid-parameter'])
    expect((await api.jobs()).length).toBe(before)
  })
})

describe('what is wrong with a body is said by place', () => {
  const cases: [route: string, body: unknown, status: number, code: string, ...pointers: string[]][] = [
    [map, {}, 400, 'invalid-parameter', '/function', '/items'],
    [map, { function: 'square', items: {} }, 400, 'invalid-parameter', '/items'],
    [map, { function: 'square', items: [], args: 5 }, 400, 'invalid-parameter', '/args'],
    [map, { function: 'square', items: [], maxFailures: '101%' }, 400, 'invalid-parameter', '/maxFailures'],
    [map, { function: 'square', items: [], results: 'twice' }, 400, 'invalid-parameter', '/results'],
    [map, { function: 'square', open: false }, 400, 'invalid-parameter', '/open'],
    [map, { function: 'square', open: true, items: [] }, 400, 'unknown-field', '/items'],
    [map, { function: 'square', items: [], timeoutMs: 0, attempts: 101 }, 400, 'invalid-parameter', '/attempts', '/timeoutMs'],
    [map, { function: 'square', items: [], labels: { a: 1 } }, 400, 'invalid-parameter', '/labels/a'],
    [
      map,
      { function: 'square', items: [], labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`l${i}`, ''])) },
      400,
      'invalid-parameter',
      '/labels',
    ],
    [map, '[]', 400, 'invalid-parameter', ''],
    [map, 'null', 400, 'invalid-parameter', ''],
    [map, '', 400, 'invalid-json', ''],
    [map, '{"function":"square","items":[1,]}', 400, 'invalid-json', '/items/1'],
    [map, '{"function":"square","function":"square","items":[]}', 400, 'invalid-json', '/function'],
    [map, Buffer.from('{"function":"square","items":["\xff"]}', 'latin1'), 400, 'invalid-json'],
    [apply, { function: 'square', kwargs: [] }, 400, 'invalid-parameter', '/kwargs'],
  ]
  test.each(cases)('POST %s %j: %i %s', async (route, body, ...expected) => {
    expect(await refusal(api.post(route, body))).toEqual(expected)
  })

  test('a problem has exactly the members of RFC 9457, a code and the places', async () => {
    const problem = await problemOf(await api.post(map, { function: 'square', items: [], results: 'twice' }))
    expect(problem).toEqual({
      type: 'https://manyhands.dev/errors/invalid-parameter',
      title: 'A field, parameter or header has a value that is not allowed',
      status: 400,
      detail: '/results is not allowed; meant is keep or once or discard',
      instance: expect.stringMatching(/^[\w-]+$/),
      code: 'invalid-parameter',
      errors: [{ pointer: '/results', detail: 'is not allowed; meant is keep or once or discard' }],
    })
  })
})

describe('Idempotency-Key', () => {
  const keyed = (key: string, more: object = {}) => ({ ...json, 'idempotency-key': key, ...more })
  const body = { function: 'square', items: [1, 2, 3] }

  test('sent again: the same job, and a header that says so', async () => {
    const first = await api.post(map, body, keyed('a'))
    const again = await api.post(map, body, keyed('a'))
    expect([again.status, again.headers.get('location'), again.headers.get('idempotency-replayed')]).toEqual([
      202,
      first.headers.get('location'),
      'true',
    ])
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    const held = await api.post(map, body, keyed('a', { prefer: 'wait=10' }))
    expect([held.status, held.headers.get('idempotency-replayed'), await held.json()]).toEqual([200, 'true', { values: [1, 4, 9] }])
  })

  test('50 at once make one job', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.post(map, body, keyed('fifty'))))
    expect(new Set(answers.map((answer) => answer.headers.get('location'))).size).toBe(1)
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === null).length).toBe(1)
  })

  test('for another request: 422', async () => {
    await api.post(map, body, keyed('b'))
    const others = [
      api.post(map, { ...body, items: [1] }, keyed('b')),
      api.post(starmap, { ...body, items: [[1]] }, keyed('b')),
      api.post('/v1/pools/other/map', body, keyed('b')),
      api.post(map, body, { ...keyed('b'), ...tagged }),
      api.post(`${map}?function=square`, '1\n', { ...ndjson, 'idempotency-key': 'b' }),
      api.post(apply, { function: 'square' }, keyed('b')),
    ]
    for (const other of others) expect(await refusal(other)).toEqual([422, 'idempotency-key-reused'])
  })

  test('of an open map and of a stream', async () => {
    const open = { function: 'square', open: true }
    const first = (await (await api.post(map, open, keyed('open'))).json()) as Job
    const again = await api.post(map, open, keyed('open'))
    expect([again.status, ((await again.json()) as Job).id]).toEqual([202, first.id])
    await api.call('POST', `/v1/jobs/${first.id}/cancel`)

    const lines = '1\n2\n'
    const digest = `sha-256=:${createHash('sha256').update(lines).digest('base64')}:`
    const headers = { ...ndjson, 'idempotency-key': 'stream', 'content-digest': digest }
    const stream = await api.post(`${map}?function=square`, lines, headers)
    const { id } = JSON.parse((await stream.text()).trim()) as Job
    const replay = await api.post(`${map}?function=square`, lines, headers)
    expect([replay.status, replay.headers.get('idempotency-replayed'), ((await replay.json()) as Job).id]).toEqual([202, 'true', id])
    const other = { ...headers, 'content-digest': 'sha-256=:other:' }
    expect(await refusal(api.post(`${map}?function=square`, lines, other))).toEqual([422, 'idempotency-key-reused'])
  })

  test('of many calls: the same jobs', async () => {
    const calls = { calls: [1, 2, 3].map((n) => ({ function: 'square', args: [n] })) }
    const idsOf = async (response: Response) => ((await response.json()) as { jobs: Job[] }).jobs.map((job) => job.id)
    const first = await api.post(apply, calls, keyed('many'))
    const again = await api.post(apply, calls, keyed('many'))
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([null, 'true'])
    expect(await idsOf(again)).toEqual(await idsOf(first))
    expect(await refusal(api.post(apply, { calls: calls.calls.slice(1) }, keyed('many')))).toEqual([422, 'idempotency-key-reused'])
    expect(await refusal(api.post(apply, { function: 'square', args: [1] }, keyed('many')))).toEqual([422, 'idempotency-key-reused'])
  })

  test('of many calls: all or nothing, also at once, and as lines', async () => {
    const call = (name: string, n: number) => JSON.stringify({ function: name, args: [n] })
    const send = (...calls: string[]) => api.post(apply, calls.join('\n'), keyed('lines', ndjson))
    const before = (await api.jobs()).length
    expect(await refusal(send(call('square', 1), call('nobody', 2), call('square', 3)))).toEqual([404, 'function-not-found'])
    expect((await api.jobs()).length).toBe(before)
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(call('square', 1), call('add', 2), call('square', 3))))
    const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<{ jobs: Job[] }>))
    expect(new Set(bodies.map(({ jobs }) => jobs.map((job) => job.id).join())).size).toBe(1)
    expect((await api.jobs()).length).toBe(before + 3)
    expect(await refusal(send(call('square', 1)))).toEqual([422, 'idempotency-key-reused'])
  })

  test('of many calls: when one of their jobs was forgotten, the others do not run again', async () => {
    const calls = { calls: [1, 2].map((n) => ({ function: 'square', args: [n] })) }
    const { jobs } = (await (await api.post(apply, calls, keyed('forgotten'))).json()) as { jobs: Job[] }
    const first = await api.ended(jobs[0]?.id ?? '')
    await api.call('DELETE', `/v1/jobs/${first.id}`)
    const before = (await api.jobs()).length
    expect(await refusal(api.post(apply, calls, keyed('forgotten')))).toEqual([404, 'not-found'])
    expect((await api.jobs()).length).toBe(before)
  })

  test('attack 8: 256 characters, a space, a byte beyond ASCII, nothing', async () => {
    for (const key of ['x'.repeat(256), 'a b', 'ä', '']) {
      expect(await refusal(api.post(map, body, keyed(key)))).toEqual([400, 'invalid-idempotency-key', 'Idempotency-Key'])
    }
    const control = `POST ${map} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\u0001b\r\nContent-Length: 0\r\n\r\n`
    expect((await api.raw(control)).slice(9, 12)).toBe('400')
    expect((await api.post(map, body, keyed('x'.repeat(255)))).status).toBe(202)
  })
})
