import { request } from 'node:http'
import type { Job } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linesOf } from '../../stack.ts'
import { apiServer, json, ndjson } from './server.ts'

/** engine.md, Input: NDJSON as it comes out of editors, spreadsheets and pipes. */
const api = apiServer(testRedis())
const identity = '/v1/pools/default/map?function=identity'

interface Line {
  index: number
  value?: unknown
  error?: { code: string; line?: number; message: string }
}

/** Sends a body in pieces; resolves with the job of the last line. */
function upload(pieces: Buffer[]): Promise<Job> {
  const { promise, resolve, reject } = Promise.withResolvers<Job>()
  const sending = request(api.url + identity, { method: 'POST', headers: ndjson }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (piece: string) => (text += piece))
    response.on('end', () => resolve(JSON.parse(text.trim())))
  })
  sending.on('error', reject)
  sending.setNoDelay(true)
  for (const piece of pieces) sending.write(piece)
  sending.end()
  return promise
}

const results = async (job: Job) => linesOf<Line>(await api.get(`/v1/jobs/${job.id}/results`))
const valuesOf = async (body: string | Buffer) => (await results(await upload([Buffer.from(body)]))).map(({ value }) => value)

describe('line ends and blank lines', () => {
  test.each([
    ['LF', '1\n2\n3\n'],
    ['CRLF', '1\r\n2\r\n3\r\n'],
    ['no last line end', '1\n2\n3'],
    ['a CR at the very end', '1\r\n2\r\n3\r'],
    ['a BOM', '\ufeff1\n2\n3\n'],
    ['a BOM and CRLF', '\ufeff1\r\n2\r\n3'],
    ['blank lines', '\n\n1\n\n  \t \n2\r\n\r\n3\n\n\n'],
    ['a BOM on an otherwise blank line', '\ufeff\n1\n2\n3'],
    ['whitespace around values', '  1\n2  \n\t3\t\n'],
  ])('%s', async (_name, body) => expect(await valuesOf(body)).toEqual([1, 2, 3]))

  test('nothing at all, and nothing but blank lines: a map of no items', async () => {
    for (const body of ['', '\n', '\r\n \n', '\ufeff']) {
      const job = await upload([Buffer.from(body)])
      expect((await api.ended(job.id)).items).toEqual({ total: 0, done: 0, failed: 0 })
    }
  })

  test('a CR, U+2028 and U+2029 within a line end no line', async () => {
    expect(await valuesOf('"a\u2028b\u2029c"\n[1,\r2]\n')).toEqual(['a\u2028b\u2029c', [1, 2]])
  })
})

describe('a bad line fails alone', () => {
  const body = Buffer.concat([
    Buffer.from('1\n\n{"a":}\n"'),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('"\n4\nnonsense\n1 2\n'),
    Buffer.from('{"__proto__":{"x":1}}\n9007199254740993\n'),
    Buffer.from(`${'['.repeat(65)}${']'.repeat(65)}\n"ok"\n`),
  ])

  test('with its code and its line; its neighbours finish', async () => {
    const job = await upload([body])
    const lines = (await results(job)).map(({ index, value, error }) => ({ index, said: error ? error.code : value, line: error?.line }))
    expect(lines.map(({ said }) => said)).toEqual([
      1,
      'invalid-json',
      'invalid-json',
      4,
      'invalid-json',
      'invalid-json',
      'invalid-json',
      'number-not-representable',
      'too-deep',
      'ok',
    ])
    for (const { index, said, line } of lines) expect(line).toBe(typeof said === 'string' && said !== 'ok' ? index + 1 : undefined)
    expect(await api.ended(job.id)).toMatchObject({ state: 'failed', items: { total: 10, done: 10, failed: 7 } })
  })

  test('its input can be read back, as text where it is no JSON', async () => {
    const job = await upload([Buffer.from('{"a":}\n9007199254740993\n')])
    await api.ended(job.id)
    const { items } = (await (await api.get(`/v1/jobs/${job.id}/items?state=failed`)).json()) as { items: { input: unknown }[] }
    expect(items.map(({ input }) => input)).toEqual(['{"a":}', 9007199254740992])
  })
})

describe('pieces', () => {
  test('multi-byte characters, CRLF and the BOM on every possible edge', async () => {
    const bytes = Buffer.from('\ufeff"a\u00e9"\r\n"\u20ac"\r\n\r\n"\u{1f600}"')
    for (let edge = 1; edge < bytes.length; edge++) {
      const values = (await results(await upload([bytes.subarray(0, edge), bytes.subarray(edge)]))).map(({ value }) => value)
      expect(values).toEqual(['a\u00e9', '\u20ac', '\u{1f600}'])
    }
  })

  test('one byte a piece', async () => {
    const bytes = Buffer.from('{"é":"€"}\r\n[1,2]\r\n')
    const values = (await results(await upload([...bytes].map((byte) => Buffer.from([byte]))))).map(({ value }) => value)
    expect(values).toEqual([{ é: '€' }, [1, 2]])
  })

  test('multi-byte characters on the edges of blocks: large input comes back as it went in', async () => {
    const items = Array.from({ length: 3000 }, (_, i) => '€'.repeat(1 + (i % 97)) + i)
    const body = items.map((item) => JSON.stringify(item)).join('\n')
    expect(Buffer.byteLength(body)).toBeGreaterThan(3 * (128 << 10))
    expect(await valuesOf(body)).toEqual(items)
  })

  test('any JSON values, cut anywhere', async () => {
    // such keys are refused, which strict-json.test.ts shows
    const value = fc.jsonValue({ noUnicodeString: false }).filter((json) => !/"(__proto__|constructor)":/.test(JSON.stringify(json)))
    const cases = fc.tuple(fc.array(value, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 5 }))
    await fc.assert(
      fc.asyncProperty(cases, async ([values, cuts]) => {
        const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
        const pieces = places.slice(1).map((place, i) => bytes.subarray(places[i], place))
        const back = (await results(await upload(pieces))).map(({ value }) => value)
        expect(back).toEqual(JSON.parse(JSON.stringify(values)))
      }),
      { numRuns: 12, endOnFailure: true },
    )
  })
})

describe('the stream of an upload', () => {
  /** An upload whose end the test decides, and what came back so far. */
  function open(query = '', headers: Record<string, string> = {}) {
    const answer = { text: '', location: '', status: 0, ended: false }
    const sending = request(api.url + identity + query, { method: 'POST', headers: { ...ndjson, ...headers } }, (response) => {
      Object.assign(answer, { status: response.statusCode, location: response.headers.location })
      response.on('data', (piece: Buffer) => (answer.text += piece))
      response.on('close', () => (answer.ended = true))
    })
    sending.on('error', () => undefined)
    sending.flushHeaders()
    return { sending, answer, job: async () => (await (await api.get(answer.location)).json()) as Job }
  }

  test('202, Location and one newline before any input; the job when the input has ended', async () => {
    const { sending, answer, job } = open()
    await eventually(() => answer.text === '\n')
    expect(answer).toMatchObject({ status: 202, location: expect.stringMatching(/^\/v1\/jobs\//), ended: false })
    expect(await job()).toMatchObject({ state: 'loading', items: { total: null } })
    sending.end('1\n2\n')
    await eventually(() => answer.ended)
    expect(answer.text).toMatch(/^\n\{.*\}\n$/)
    expect(JSON.parse(answer.text)).toMatchObject({ items: { total: 2 } })
  })

  test('whole lines of a partial block run after 5 ms without more; the rest of a line waits', async () => {
    const { sending, answer, job } = open()
    sending.write('1\n2\n"unfini')
    await eventually(async () => answer.location !== '' && (await job()).items.done === 2)
    sending.end('shed"\n')
    await eventually(() => answer.ended)
    expect(await results(await job())).toEqual([
      { index: 0, value: 1 },
      { index: 1, value: 2 },
      { index: 2, value: 'unfinished' },
    ])
  })

  test('start=end: nothing runs before the end, and nothing at all when the input is cut', async () => {
    const whole = open('&start=end')
    whole.sending.write('1\n2\n')
    const cut = open('&start=end')
    cut.sending.write('1\n2\n')
    await eventually(() => whole.answer.text === '\n' && cut.answer.text === '\n')
    cut.sending.destroy()
    expect(await api.ended((await cut.job()).id)).toMatchObject({
      state: 'cancelled',
      error: { code: 'input-aborted' },
      items: { done: 0 },
    })
    expect(await whole.job()).toMatchObject({ state: 'loading', items: { done: 0 } })
    whole.sending.end()
    await eventually(() => whole.answer.ended)
    expect(await api.ended((await whole.job()).id)).toMatchObject({ state: 'succeeded', items: { done: 2 } })
  })

  test('cut in the middle: what came is run, the job is cancelled, its Idempotency-Key is free again', async () => {
    const key = { 'idempotency-key': 'cut' }
    const { sending, answer, job } = open('', key)
    sending.write('1\n2\n')
    await eventually(async () => answer.location !== '' && (await job()).items.done === 2)
    sending.destroy()
    expect(await api.ended((await job()).id)).toMatchObject({ state: 'cancelled', error: { code: 'input-aborted' } })
    expect(await results(await job())).toEqual([
      { index: 0, value: 1 },
      { index: 1, value: 2 },
    ])
    const again = open('', key)
    again.sending.end('3\n')
    await eventually(() => again.answer.ended)
    expect((await again.job()).id).not.toBe((await job()).id)
    expect(await results(await again.job())).toEqual([{ index: 0, value: 3 }])
  })

  test('the job is cancelled while the sender is silent: it is told within the lease of the upload', async () => {
    const { sending, answer, job } = open()
    sending.write('1\n')
    await eventually(() => answer.location !== '')
    await api.call('POST', `${answer.location}/cancel`)
    await eventually(() => answer.ended)
    expect(JSON.parse(answer.text)).toMatchObject({ status: 409, code: 'not-open', state: 'cancelled' })
    expect(await job()).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
  })

  test('the job is cancelled meanwhile: the last line says so, and the connection does not stay open', async () => {
    const { sending, answer, job } = open()
    sending.write('1\n')
    await eventually(() => answer.location !== '')
    await api.call('POST', `${answer.location}/cancel`)
    const more = setInterval(() => sending.write('1\n'), 20)
    await eventually(() => answer.ended)
    clearInterval(more)
    expect(JSON.parse(answer.text)).toMatchObject({ status: 409, code: 'not-open', state: 'cancelled' })
    expect(await job()).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
    await eventually(() => sending.destroyed)
  })

  test('options in the query', async () => {
    const options =
      'chunkSize=2&attempts=3&timeoutMs=9000&maxFailures=5%25&results=keep&label.a=1&label.b.c=x&id=streamed&length=3&backoff=%7B%22type%22:%22fixed%22,%22delayMs%22:5%7D'
    const response = await api.post(`/v1/pools/side/map?function=add&args=%5B10%5D&${options}`, '1\n2\n3\n', ndjson)
    const job = JSON.parse((await response.text()).trim()) as Job
    expect(job).toMatchObject({ pool: 'side', labels: { a: '1', 'b.c': 'x' }, results: 'keep', id: expect.stringMatching(/~streamed$/) })
    expect((await results(job)).map(({ value }) => value)).toEqual([11, 12, 13])
  })

  test('what is wrong with the query is said before the stream begins', async () => {
    const cases: [query: string, code: string, pointer: string][] = [
      ['', 'invalid-parameter', 'function'],
      ['?function=identity&args=5', 'invalid-parameter', 'args'],
      ['?function=identity&args=%5B', 'invalid-json', 'args'],
      ['?function=identity&backoff=%7B%7D', 'invalid-parameter', 'backoff/type'],
      ['?function=identity&label.=x', 'unknown-field', 'label.'],
      ['?function=identity&start=later', 'invalid-parameter', 'start'],
      ['?function=identity&open=true', 'unknown-field', 'open'],
      ['?function=identity&items=1', 'unknown-field', 'items'],
    ]
    for (const [query, code, pointer] of cases) {
      const response = await api.post(`/v1/pools/default/map${query}`, '1\n', ndjson)
      const problem = (await response.json()) as { code: string; errors: { pointer: string }[] }
      expect([response.status, problem.code, problem.errors[0]?.pointer]).toEqual([400, code, pointer])
    }
  })
})

test('a JSON body that is sent as NDJSON, and the other way round, is told apart', async () => {
  const asLines = await upload([Buffer.from('{"function":"identity","items":[1]}')])
  expect((await api.ended(asLines.id)).items.total).toBe(1)
  expect((await api.post('/v1/pools/default/map', '1\n2\n', json)).status).toBe(400)
})
