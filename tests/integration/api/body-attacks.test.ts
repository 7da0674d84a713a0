import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { apiServer, json, ndjson, problemOf, refusal } from './server.ts'

/** reliability-rules.md, attacks 1-4 and 6: each input with its exact answer. */
const api = apiServer(testRedis(), { worker: false })
const map = '/v1/pools/default/map'
const apply = '/v1/pools/default/apply'

describe('attack 1: keys that reach for a prototype', () => {
  const bodies = [
    '{"__proto__":{"x":1},"function":"square","items":[1]}',
    '{"function":"square","items":[{"__proto__":{"x":1}}]}',
    '{"function":"square","items":[1],"args":[{"a":[{"\\u005f_proto__":1}]}]}',
    '{"function":"square","items":[{"\\u005F\\u005f\\u0070roto\\u005f_":{"x":1}}]}',
    '{"function":"square","items":[{"constructor":{"prototype":{"x":1}}}]}',
    '{"function":"square","items":[{"constructor":{"\\u0070rototype":{"x":1}}}]}',
    '{"function":"square","items":[1],"labels":{"__proto__":"x"}}',
  ]
  test.each(bodies)('%s', async (body) => {
    expect((await refusal(api.post(map, body))).slice(0, 2)).toEqual([400, 'invalid-json'])
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })

  test('in apply, kwargs, calls, lines of calls and an append', async () => {
    expect((await refusal(api.post(apply, '{"function":"square","kwargs":{"__proto__":1}}'))).slice(0, 2)).toEqual([400, 'invalid-json'])
    expect((await refusal(api.post(apply, '{"calls":[{"function":"square","args":[{"__proto__":1}]}]}'))).slice(0, 2)).toEqual([
      400,
      'invalid-json',
    ])
    const line = '{"function":"square"}\n{"function":"square","args":[{"__proto__":1}]}\n'
    expect(await refusal(api.post(apply, line, ndjson))).toEqual([400, 'invalid-json', '/1/args/0/__proto__'])
  })

  test('nothing was stored', async () => expect(await api.jobs()).toEqual([]))
})

describe('attack 2: JSON that is nested too deep', () => {
  test.each([65, 5_000, 500_000])('%i levels: 400 too-deep in under 50 ms', async (depth) => {
    const body = `{"function":"square","items":[${'['.repeat(depth)}${']'.repeat(depth)}]}`
    const times: number[] = []
    // the fastest of ten: others use this machine too
    for (let tries = 0; tries < 10; tries++) {
      const start = performance.now()
      const answer = await refusal(api.post(map, body))
      times.push(performance.now() - start)
      expect(answer.slice(0, 2)).toEqual([400, 'too-deep'])
    }
    expect(Math.min(...times)).toBeLessThan(50)
  })

  test('objects count as arrays do', async () => {
    const body = `{"function":"square","items":[${'{"a":'.repeat(65)}1${'}'.repeat(65)}]}`
    expect((await refusal(api.post(map, body))).slice(0, 2)).toEqual([400, 'too-deep'])
  })

  test('nothing was stored', async () => expect(await api.jobs()).toEqual([]))
})

describe('attack 3: numbers that JSON text holds and JavaScript does not', () => {
  const numbers = ['1e400', '-1e400', '9007199254740993', '-9007199254740993', '123456789012345678901234567890.0e99999']
  test.each(numbers)('%s', async (number) => {
    expect(await refusal(api.post(map, `{"function":"square","items":[1,{"a":${number}}]}`))).toEqual([
      400,
      'number-not-representable',
      '/items/1/a',
    ])
  })
})

describe('attack 4: bodies that are too large, encoded, or of another type', () => {
  const bodyOf = (bytes: number) => `{"function":"square","items":["${'x'.repeat(bytes - 34)}"]}`

  test('1 MiB + 1 is 413, with and without a Content-Length', async () => {
    const body = bodyOf((1 << 20) + 1)
    expect(Buffer.byteLength(body)).toBe((1 << 20) + 1)
    expect(await refusal(api.post(map, body))).toEqual([413, 'body-too-large'])
    const streamed = new Blob([body]).stream()
    const init: RequestInit = { method: 'POST', headers: json, body: streamed }
    expect(await refusal(fetch(api.url + map, { ...init, duplex: 'half' } as RequestInit))).toEqual([413, 'body-too-large'])
  })

  test('exactly 1 MiB is read', async () => {
    expect((await refusal(api.post(map, bodyOf(1 << 20))))[1]).not.toBe('body-too-large')
  })

  test('ten GiB that are announced are refused before they come', async () => {
    const answer = await api.raw(
      `POST ${map} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10737418240\r\n\r\n{`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('"code":"body-too-large"')
  })

  test('a body without an end is cut off', async () => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const upload = request(api.url + map, { method: 'POST', headers: json }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    upload.on('error', () => undefined)
    const more = () => void (upload.destroyed || upload.write(Buffer.alloc(1 << 20, 0x20), () => setImmediate(more)))
    more()
    expect(await promise).toBe(413)
    upload.destroy()
  })

  test('encodings and types', async () => {
    const body = '{"function":"square","items":[1]}'
    expect(await refusal(api.post(map, gzipSync(body), { ...json, 'content-encoding': 'gzip' }))).toEqual([415, 'unsupported-encoding'])
    expect(await refusal(api.post(map, body, { 'content-type': 'text/plain' }))).toEqual([415, 'unsupported-media-type'])
    expect(await refusal(api.post(map, Buffer.from(body), {}))).toEqual([415, 'unsupported-media-type'])
    expect(await refusal(api.call('POST', map))).toEqual([415, 'unsupported-media-type'])
    expect(await refusal(api.post(map, body, { 'content-type': 'application/json; charset=latin1' }))).toEqual([
      415,
      'unsupported-media-type',
    ])
    expect(await refusal(api.post(map, body, { 'content-type': 'nonsense' }))).toEqual([415, 'unsupported-media-type'])
    expect(await refusal(api.post('/v1/pools', '{"name":"a"}\n', ndjson))).toEqual([415, 'unsupported-media-type'])
  })

  test('nothing was stored', async () => expect(await api.jobs()).toEqual([]))
})

describe('attack 6: fields that do not exist', () => {
  const cases: [body: object, ...pointers: string[]][] = [
    [{ function: 'square', items: [1], tenant: 'other' }, '/tenant'],
    [{ function: 'square', items: [1], opts: { priority: -1 } }, '/opts'],
    [{ function: 'square', items: [1], opts: { priority: -1 }, webhook: 'https://x' }, '/opts', '/webhook'],
    [{ function: 'square', items: [1], backoff: { type: 'fixed', delayMs: 1, factor: 2 } }, '/backoff/factor'],
    [{ function: 'square', items: [1], length: 1 }, '/length'],
  ]
  test.each(cases)('%o', async (body, ...pointers) => {
    expect(await refusal(api.post(map, body))).toEqual([400, 'unknown-field', ...pointers])
  })

  test('in calls, by their place', async () => {
    const calls = [{ function: 'square' }, { function: 'square', chunkSize: 1 }]
    expect(await refusal(api.post(apply, { calls }))).toEqual([400, 'unknown-field', '/calls/1/chunkSize'])
    expect(await refusal(api.post(apply, calls.map((call) => `${JSON.stringify(call)}\n`).join(''), ndjson))).toEqual([
      400,
      'unknown-field',
      '/1/chunkSize',
    ])
  })

  test('in a query, and in the body of a route without fields', async () => {
    expect(await refusal(api.get('/v1/jobs?tenant=other'))).toEqual([400, 'unknown-field', 'tenant'])
    expect(await refusal(api.get('/v1/pools?x=1'))).toEqual([400, 'unknown-field', 'x'])
    expect(await refusal(api.post(`${map}?chunkSize=1`, { function: 'square', items: [1] }))).toEqual([400, 'unknown-field', 'chunkSize'])
    expect(await refusal(api.post(`${map}?function=square&chunksize=1`, '1\n', ndjson))).toEqual([400, 'unknown-field', 'chunksize'])
    expect(await refusal(api.post('/v1/jobs/default~x/cancel', { reason: 'x' }))).toEqual([400, 'unknown-field', '/reason'])
  })

  test('the answer says what was meant', async () => {
    const { detail, errors } = await problemOf(await api.post(map, { function: 'square', items: [1], chunksize: 5 }))
    expect(errors).toEqual([{ pointer: '/chunksize', detail: 'is not a field that exists here; did you mean chunkSize?' }])
    expect(detail).toContain('/chunksize')
  })
})
