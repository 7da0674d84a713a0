import { testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { apiServer, problemIn, problemOf, refusal } from './server.ts'

/** reliability-rules.md, "also keep": requests whose bytes are wrong before any route sees them. */
const api = apiServer(testRedis(), { worker: false })

const post = (headers: string, body: string) =>
  `POST /v1/pools/default/map HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`
const body = '{"function":"square","items":[1]}'

async function rawRefusal(text: string) {
  const answer = await api.raw(text)
  expect(answer).toMatch(/^HTTP\/1\.1 \d+ [A-Z]/)
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json; charset=utf-8\r\n')
  expect(answer.toLowerCase()).toContain('connection: close\r\n')
  const problem = problemIn(answer)
  expect(Number(answer.slice(9, 12))).toBe(problem.status)
  expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail', 'instance', 'code', 'errors'])
  return [problem.status, problem.code]
}

describe('a body whose length can be read in two ways: 400, and the connection is closed', () => {
  test('Content-Length beside Transfer-Encoding', async () => {
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    expect(await rawRefusal(post(`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`, chunked))).toEqual([400, 'bad-request'])
    expect(await rawRefusal(post(`Transfer-Encoding: chunked\r\nContent-Length: 4`, chunked))).toEqual([400, 'bad-request'])
  })
  test('two Content-Lengths, equal or not', async () => {
    expect(await rawRefusal(post(`Content-Length: ${body.length}\r\nContent-Length: ${body.length}`, body))).toEqual([400, 'bad-request'])
    expect(await rawRefusal(post(`Content-Length: ${body.length}\r\nContent-Length: 5`, body))).toEqual([400, 'bad-request'])
    expect(await rawRefusal(post('Content-Length: 33, 5', body))).toEqual([400, 'bad-request'])
  })
  test('a length, an encoding, a chunk that is none', async () => {
    expect(await rawRefusal(post('Content-Length: -1', body))).toEqual([400, 'bad-request'])
    expect(await rawRefusal(post('Content-Length: 0x10', body))).toEqual([400, 'bad-request'])
    expect(await rawRefusal(post('Transfer-Encoding: gzip', body))).toEqual([400, 'bad-request'])
    expect(await rawRefusal(post('Transfer-Encoding: chunked', 'zz\r\n{}\r\n'))).toEqual([400, 'bad-request'])
  })
  test('no HTTP at all, and bare line ends in a header', async () => {
    expect(await rawRefusal('hello\r\n\r\n')).toEqual([400, 'bad-request'])
    expect(await rawRefusal('GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\nb\r\n\r\n')).toEqual([400, 'bad-request'])
  })
  test('nothing was stored', async () => expect(await api.jobs()).toEqual([]))
})

test('a header of 17 kB: 431', async () => {
  expect(await rawRefusal(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(17_000)}\r\n\r\n`)).toEqual([431, 'headers-too-large'])
  expect(
    (await api.raw(`GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Large: ${'x'.repeat(15_000)}\r\n\r\n`)).slice(9, 12),
  ).toBe('200')
})

describe('paths', () => {
  test('bad percent-encoding: 400', async () => {
    for (const id of ['%zz', '%', '%e2%28%a1', 'default~%f']) expect(await refusal(api.get(`/v1/jobs/${id}`))).toEqual([400, 'bad-request'])
  })
  test('%00, line ends, and what keys are made of: 400 with the parameter', async () => {
    for (const id of [
      'a%00b',
      'default~a%00',
      '%0d%0aSET',
      '{default}~x',
      'a:b',
      'default~a:b',
      'default~%7Bx%7D',
      '%2e%2e%2fetc',
      'x',
      `default~${'x'.repeat(65)}`,
    ]) {
      expect(await refusal(api.get(`/v1/jobs/${id}`))).toEqual([400, 'invalid-parameter', 'id'])
    }
    for (const pool of ['a:b', '{x}', 'a%0d%0ab', '%00', '.x', 'x'.repeat(65)]) {
      expect(await refusal(api.get(`/v1/pools/${pool}`))).toEqual([400, 'invalid-parameter', 'pool'])
    }
  })
  test('a part of the path that is longer than any id', async () => {
    expect(await refusal(api.get(`/v1/jobs/${'x'.repeat(3000)}`))).toEqual([400, 'invalid-parameter'])
  })
  test('an unknown id and one of another group get the same answer', async () => {
    const answers = await Promise.all(
      ['default~unknown', 'other~unknown'].map(async (id) => ({ id, ...(await problemOf(await api.get(`/v1/jobs/${id}`))) })),
    )
    const [own, foreign] = answers.map(({ id, instance, ...rest }) => JSON.stringify(rest).replaceAll(id, 'ID'))
    expect(own).toBe(foreign)
    expect(answers[0]).toMatchObject({ status: 404, code: 'not-found' })
  })
})

describe('methods', () => {
  const wrong: [method: string, path: string, allow: string][] = [
    ['PUT', '/v1/jobs', 'GET, HEAD'],
    ['GET', '/v1/pools/default/map', 'POST'],
    ['POST', '/v1/jobs/default~x', 'DELETE, GET, HEAD'],
    ['PATCH', '/v1/jobs/default~x/items', 'GET, HEAD, POST'],
    ['OPTIONS', '/v1/pools/default', 'DELETE, GET, HEAD, PATCH'],
    ['DELETE', '/healthz', 'GET, HEAD'],
    ['HEAD', '/v1/jobs/default~x/results', 'GET'],
  ]
  test.each(wrong)('%s %s: 405 with Allow: %s', async (method, path, allow) => {
    const response = await api.call(method, path)
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    if (method !== 'HEAD') expect((await problemOf(response)).code).toBe('method-not-allowed')
  })
  test('a method HTTP does not have: 400', async () => {
    expect(await rawRefusal('BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).toEqual([400, 'bad-request'])
  })
  test('no route: 404', async () => {
    for (const path of ['/', '/v1', '/v1/jobs/default~x/nothing', '/V1/jobs', '/v1//jobs']) {
      expect(await refusal(api.get(path))).toEqual([404, 'route-not-found'])
    }
  })
})
