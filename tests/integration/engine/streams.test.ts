import { request } from 'node:http'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesOf, startStack, type TestStack } from '../../stack.ts'

const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: redis.url, settings: { MANYHANDS_PROCESSES: '2', MANYHANDS_LEASE_MS: '1000' } })
})
afterAll(() => stack.stop())

const ndjson = { 'content-type': 'application/x-ndjson' }

/** An upload whose end the test decides. */
function openUpload(route: string) {
  let location = ''
  const upload = request(`${stack.url}${route}`, { method: 'POST', headers: ndjson })
  const answered = new Promise<string>((resolve, reject) => {
    upload.once('error', reject)
    upload.once('response', (response) => {
      location = String(response.headers.location)
      response.resume()
      resolve(location)
    })
  })
  upload.flushHeaders()
  return { upload, answered }
}

test('results come while the input still streams', async () => {
  const { upload, answered } = openUpload('/v1/pools/default/map?function=square')
  upload.write('1\n2\n3\n')
  const id = (await answered).split('/').at(-1)
  const response = await stack.call('GET', `/v1/jobs/${id}/results`)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (text.split('\n').length < 4) text += (await reader?.read())?.value ?? ''
  expect(text).toBe('{"index":0,"value":1}\n{"index":1,"value":4}\n{"index":2,"value":9}\n')
  expect((await stack.json('GET', `/v1/jobs/${id}`)).state).toBe('loading')
  upload.end('4\n')
  let rest = ''
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) rest += step.value
  expect(rest).toBe('{"index":3,"value":16}\n')
  expect((await stack.ended(String(id))).items).toEqual({ total: 4, done: 4, failed: 0 })
})

test('an upload that is cut in the middle: cancelled with input-aborted, its results stay', async () => {
  const { upload, answered } = openUpload('/v1/pools/default/map?function=square')
  upload.write('1\n2\n3\n')
  const id = String((await answered).split('/').at(-1))
  await eventually(async () => (await stack.json('GET', `/v1/jobs/${id}`)).items.done === 3)
  upload.on('error', () => undefined)
  upload.destroy()
  const ended = await stack.ended(id)
  expect(ended).toMatchObject({ state: 'cancelled', error: { code: 'input-aborted' } })
  expect(await linesOf(await stack.call('GET', `/v1/jobs/${id}/results`))).toEqual([1, 4, 9].map((value, index) => ({ index, value })))
})

test('an open map takes appends by compare-and-set, skips what it has, and refuses a gap', async () => {
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'square', open: true })
  const append = (offset: number, lines: string) => stack.call('POST', `/v1/jobs/${job.id}/items?offset=${offset}`, lines, ndjson)
  expect(await (await append(0, '1\n2\n3\n')).json()).toEqual({ total: 3, accepted: 3 })
  expect(await (await append(1, '2\n3\n4\n5\n')).json()).toEqual({ total: 5, accepted: 4 })
  const gap = await append(9, '10\n')
  expect([gap.status, await gap.json()]).toEqual([409, expect.objectContaining({ code: 'offset-mismatch', total: 5 })])
  await stack.json('POST', `/v1/jobs/${job.id}/close`)
  await stack.ended(job.id)
  expect(await stack.json('GET', `/v1/jobs/${job.id}/result`)).toEqual({ values: [1, 4, 9, 16, 25] })
})

test('results resume after n lines, in either order', async () => {
  const numbers = Array.from({ length: 300 }, (_, i) => i)
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'square', items: numbers, chunkSize: 7 })
  await stack.ended(job.id)
  const rest = await linesOf<{ index: number; value: number }>(await stack.call('GET', `/v1/jobs/${job.id}/results?after=111`))
  expect(rest).toEqual(numbers.slice(111).map((index) => ({ index, value: index ** 2 })))
  const first = await linesOf<{ index: number }>(await stack.call('GET', `/v1/jobs/${job.id}/results?order=completion`))
  const second = await linesOf<{ index: number }>(await stack.call('GET', `/v1/jobs/${job.id}/results?order=completion&after=40`))
  expect(second).toEqual(first.slice(40))
  expect(new Set(first.map((line) => line.index)).size).toBe(300)
})

test('results=once is gone behind its reader, but for the last 8 MiB', async () => {
  const zeros = Array.from({ length: 16 }, () => 0)
  const body = { function: 'later', items: zeros, args: ['x'.repeat(900_000)], chunkSize: 1, results: 'once' }
  const job = await stack.json('POST', '/v1/pools/default/map', body)
  const read = (after: number) => stack.call('GET', `/v1/jobs/${job.id}/results?after=${after}`)
  expect(await linesOf(await read(0))).toHaveLength(16)
  const late = await eventually(async () => {
    const response = await read(0)
    return response.status === 410 && ((await response.json()) as { code: string; first: number })
  })
  expect(late.code).toBe('results-consumed')
  expect(late.first).toBeGreaterThan(0)
  const rest = await linesOf<{ index: number }>(await read(late.first))
  expect(rest.map(({ index }) => index)).toEqual(zeros.map((_, index) => index).slice(late.first))
})

test('results=discard keeps counts only', async () => {
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'square', items: [1, 2], results: 'discard' })
  expect((await stack.ended(job.id)).items.done).toBe(2)
  expect((await stack.call('GET', `/v1/jobs/${job.id}/results`)).status).toBe(410)
})

test('frames tell the end from a cut', async () => {
  const job = await stack.json('POST', '/v1/pools/default/map', { function: 'square', items: [2] })
  const lines = await linesOf<object>(await stack.call('GET', `/v1/jobs/${job.id}/results?frames=true`))
  expect(lines.filter((line) => !('keepAlive' in line))).toEqual([
    { index: 0, value: 4 },
    { end: expect.objectContaining({ state: 'succeeded' }) },
  ])
})
