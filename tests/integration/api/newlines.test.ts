import { testRedis } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { apiServer, json, tagged } from './server.ts'

const api = apiServer(testRedis())
const map = '/v1/pools/default/map'

/** The answer must be JSON and one newline, as long as it says. */
async function lineOf(answer: Promise<Response>): Promise<number> {
  const response = await answer
  const text = await response.text()
  expect(text).toMatch(/\S\n$/)
  expect(() => JSON.parse(text)).not.toThrow()
  expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)))
  return response.status
}

test('every JSON answer ends its line, so that a prompt does not stick to it', async () => {
  const { id } = await api.submit(map, { function: 'behave', items: [{ do: 'throw', message: 'no' }] })
  await api.ended(id)
  const waiting = { ...json, prefer: 'wait=10' }
  const typed = { ...tagged, accept: 'application/vnd.manyhands+json', prefer: 'wait=10' }
  expect([
    await lineOf(api.post(map, { function: 'square', items: [1] })),
    await lineOf(api.post('/v1/pools/default/apply', { calls: [{ function: 'square', args: [1] }] })),
    await lineOf(api.post('/v1/pools/default/apply', { function: 'identity', args: ['ü'] }, waiting)),
    await lineOf(api.post(map, { function: 'identity', items: ['ü', 2] }, waiting)),
    await lineOf(api.post(map, { function: 'identity', items: [{ $bigint: '1' }] }, typed)),
    await lineOf(api.get(`/v1/jobs/${id}`)),
    await lineOf(api.get(`/v1/jobs/${id}/result`)),
    await lineOf(api.get(`/v1/jobs/${id}/items?state=failed`)),
    await lineOf(api.get('/v1/functions')),
    await lineOf(api.get('/healthz')),
    await lineOf(api.get('/openapi.json')),
  ]).toEqual([202, 202, 200, 200, 200, 200, 200, 200, 200, 200, 200])
})

test('so does every problem, also one that is told before there is a request', async () => {
  expect(await lineOf(api.get('/v1/jobs/default~nope'))).toBe(404)
  expect(await lineOf(api.get('/v1/nope'))).toBe(404)
  expect(await lineOf(api.post(map, '{'))).toBe(400)
  const [head = '', body = ''] = (await api.raw('hello\r\n\r\n')).split('\r\n\r\n')
  expect(body).toMatch(/^\{.*\}\n$/)
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`)
})
