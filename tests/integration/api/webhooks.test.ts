import type { Job, WebhookDelivery, WebhookEndpoint } from '@manyhands/contracts'
import { eventually, type Received, testRedis, type WebhookReceiver, webhookReceiver } from '@manyhands/testing'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { apiServer, json } from './server.ts'

/** reliability-rules.md, Webhooks: on a real receiver, verified by a library that is not ours. */
const settings = {
  MANYHANDS_WEBHOOK_ALLOW: '127.0.0.1/32',
  MANYHANDS_WEBHOOK_DELAYS_MS: '50,50,50,50,50,50,50,50,50',
  MANYHANDS_PUBLIC_URL: 'https://hands.example/',
}
const api = apiServer(testRedis(), { settings })
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
let receiver: WebhookReceiver
beforeEach(async () => {
  receiver = await webhookReceiver()
})
afterEach(() => receiver.stop())

interface Event {
  type: string
  timestamp: string
  data: { job: Job; result?: unknown; links?: Record<string, string> }
}
/** What came, if its signature is right; throws if it is not. */
const verified = ({ body, headers }: Received, by = secret) => new Webhook(by).verify(body, headers) as Event
const apply = (fn: string, args: unknown[], webhook: object = {}) =>
  api.submit('/v1/pools/default/apply', { function: fn, args, webhook: { url: receiver.url, secret, ...webhook } })
const post = async <T>(path: string, body?: unknown): Promise<T> => {
  const response = body === undefined ? await api.call('POST', path) : await api.post(path, body)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
const deliveriesOf = async (job: string) =>
  ((await (await api.get(`/v1/webhook-deliveries?job=${encodeURIComponent(job)}`)).json()) as { deliveries: WebhookDelivery[] }).deliveries
const settled = (job: string, count = 1) =>
  eventually(
    async () => {
      const all = await deliveriesOf(job)
      return all.length === count && all.every(({ state }) => state !== 'pending') && all
    },
    { timeoutMs: 20_000 },
  )
const endpoint = (more: object = {}) => post<WebhookEndpoint & { secret: string }>('/v1/webhook-endpoints', { url: receiver.url, ...more })
async function withEndpoint(more: object, use: (made: WebhookEndpoint & { secret: string }) => Promise<void>) {
  const made = await endpoint(more)
  try {
    await use(made)
  } finally {
    await api.call('DELETE', `/v1/webhook-endpoints/${made.id}`)
  }
}

describe('a job tells of its end', () => {
  test('of an apply that succeeded: the job, its value, and where they are', async () => {
    const job = await apply('identity', [{ text: 'é€😀' }])
    await eventually(() => receiver.received.length === 1)
    const { type, data } = verified(receiver.received[0] as Received)
    expect(type).toBe('job.succeeded')
    expect(data.job).toMatchObject({ id: job.id, state: 'succeeded', webhook: { url: receiver.url } })
    expect(data.result).toEqual({ value: { text: 'é€😀' } })
    expect(data.links).toMatchObject({ result: `https://hands.example/v1/jobs/${job.id}/result` })
    expect(JSON.stringify(data)).not.toContain(secret)
    const [delivery] = await settled(job.id)
    expect(delivery).toMatchObject({
      state: 'delivered',
      type,
      job: job.id,
      event: receiver.received[0]?.headers['webhook-id'],
      nextAt: null,
    })
    expect(delivery?.attempts).toEqual([{ at: expect.any(String), ms: expect.any(Number), status: 204, error: null, excerpt: '' }])
  })

  test('of one that failed, and of one that was cancelled', async () => {
    const failed = await apply('refuse', ['no'])
    await eventually(() => receiver.received.length === 1)
    expect(verified(receiver.received[0] as Received)).toMatchObject({
      type: 'job.failed',
      data: { job: { id: failed.id }, result: { error: {} } },
    })
    const waiting = await api.submit('/v1/pools/default/apply', {
      function: 'identity',
      args: [1],
      delayMs: 600_000,
      webhook: { url: receiver.url, secret },
    })
    await api.call('POST', `/v1/jobs/${waiting.id}/cancel`)
    await eventually(() => receiver.received.length === 2)
    expect(verified(receiver.received[1] as Received)).toMatchObject({ type: 'job.cancelled', data: { job: { id: waiting.id } } })
  })

  test('only of what was asked for', async () => {
    const quiet = await apply('identity', [1], { events: ['job.failed'] })
    await api.ended(quiet.id)
    const loud = await apply('identity', [1])
    await settled(loud.id)
    expect(await deliveriesOf(quiet.id)).toEqual([])
    expect(receiver.received).toHaveLength(1)
  })

  test('a result beyond 20 kB stays where it is', async () => {
    await apply('identity', ['x'.repeat(20_001)])
    await eventually(() => receiver.received.length === 1)
    const { data } = verified(receiver.received[0] as Received)
    expect(data.result).toBeUndefined()
    expect(data.links?.results).toMatch(/\/results$/)
    expect(Buffer.byteLength(receiver.received[0]?.body ?? '')).toBeLessThan(20_000)
  })

  test('a map, a streamed map, a process, a schedule and a retry', async () => {
    const webhook = { url: receiver.url, secret }
    await withEndpoint({ secret, events: ['job.progress'] }, async () => {
      const map = await api.submit('/v1/pools/default/map', { function: 'identity', items: [1, 2], webhook })
      const streamed = await api.post(
        `/v1/pools/default/map?function=identity&webhook.url=${encodeURIComponent(receiver.url)}&webhook.events=job.succeeded`,
        '1\n2\n',
        { 'content-type': 'application/x-ndjson' },
      )
      const stream = JSON.parse((await streamed.text()).trim()) as Job
      const process = await post<{ id: string }>('/v1/processes', { function: 'identity', args: [1], webhook })
      await post('/v1/schedules', { everyMs: 1000, apply: { function: 'identity', args: [5], webhook } })
      const failed = await apply('refuse', ['no'])
      await api.ended(failed.id)
      const retry = await post<Job>(`/v1/jobs/${failed.id}/retry`)
      const told = () => receiver.received.map((one) => verified(one).data.job)
      const ids = [map.id, stream.id, process.id, failed.id, retry.id]
      await eventually(() => ids.every((id) => told().some((job) => job.id === id && job.finishedAt !== null)))
      await eventually(() => told().some((job) => 'schedule' in job.labels))
    })
  })

  test('how far it is, on wish', async () => {
    const job = await api.submit('/v1/pools/default/map', {
      function: 'spin',
      items: [200, 200, 200],
      chunkSize: 1,
      webhook: { url: receiver.url, secret, events: ['job.progress', 'job.succeeded'] },
    })
    await eventually(() => receiver.received.length >= 2)
    const types = receiver.received.map((one) => verified(one).type)
    expect(types).toContain('job.progress')
    expect(types.at(-1)).toBe('job.succeeded')
    await settled(job.id, receiver.received.length)
  })
})

describe('endpoints', () => {
  test('are told of every job, once, with a secret of their own', async () => {
    await withEndpoint({}, async ({ id, secret: own }) => {
      expect(own).toMatch(/^whsec_/)
      const shown = await (await api.get(`/v1/webhook-endpoints/${id}`)).text()
      expect(shown).not.toContain(own)
      const job = await api.submit('/v1/pools/default/apply', { function: 'identity', args: [1] })
      const named = await api.submit('/v1/pools/default/apply', { function: 'identity', args: [2], webhook: { url: receiver.url } })
      await settled(job.id)
      await settled(named.id)
      expect(receiver.received.map((one) => verified(one, own).data.job.id).sort()).toEqual([job.id, named.id].sort())
    })
  })

  test('a test event', async () => {
    await withEndpoint({ secret }, async ({ id }) => {
      const { id: delivery } = await post<WebhookDelivery>(`/v1/webhook-endpoints/${id}/test`)
      await eventually(() => receiver.received.length === 1)
      expect(verified(receiver.received[0] as Received).type).toBe('webhook.test')
      await eventually(
        async () => ((await (await api.get(`/v1/webhook-deliveries/${delivery}`)).json()) as WebhookDelivery).state === 'delivered',
      )
    })
  })

  test('while secrets overlap, old and new verify; then only the new one', async () => {
    await withEndpoint({ secret }, async ({ id }) => {
      const { secret: fresh } = await post<{ secret: string }>(`/v1/webhook-endpoints/${id}/rotate`, {})
      await post(`/v1/webhook-endpoints/${id}/test`)
      await eventually(() => receiver.received.length === 1)
      for (const by of [secret, fresh]) expect(verified(receiver.received[0] as Received, by).type).toBe('webhook.test')
      const { secret: last } = await post<{ secret: string }>(`/v1/webhook-endpoints/${id}/rotate`, { overlapMs: 0 })
      await post(`/v1/webhook-endpoints/${id}/test`)
      await eventually(() => receiver.received.length === 2)
      const second = receiver.received[1] as Received
      expect(verified(second, last).type).toBe('webhook.test')
      for (const by of [secret, fresh]) expect(() => verified(second, by)).toThrow()
    })
  })

  test('disabled: nothing is sent; 410 disables', async () => {
    await withEndpoint({ secret }, async ({ id }) => {
      receiver.answers.unshift(410)
      const { id: delivery } = await post<WebhookDelivery>(`/v1/webhook-endpoints/${id}/test`)
      const of = async (one: string) => (await (await api.get(`/v1/webhook-deliveries/${one}`)).json()) as WebhookDelivery
      await eventually(async () => (await of(delivery)).state === 'disabled')
      expect(await (await api.get(`/v1/webhook-endpoints/${id}`)).json()).toMatchObject({ disabled: 'the receiver answered 410 Gone' })
      const second = await post<WebhookDelivery>(`/v1/webhook-endpoints/${id}/test`)
      await eventually(async () => (await of(second.id)).state === 'disabled')
      expect(receiver.received).toHaveLength(1)
      await post(`/v1/webhook-endpoints/${id}/enable`)
      await post(`/v1/webhook-deliveries/${second.id}/redeliver`)
      await eventually(() => receiver.received.length === 2)
      await post(`/v1/webhook-endpoints/${id}/disable`)
      const job = await api.submit('/v1/pools/default/apply', { function: 'identity', args: [1] })
      await api.ended(job.id)
      expect(await deliveriesOf(job.id)).toEqual([])
    })
  })
})

describe('a receiver in trouble', () => {
  test('is tried again with the same id and body, until it takes it', async () => {
    receiver.answers.unshift(500, 302, (response) => response.destroy(), 200)
    const job = await apply('identity', [1])
    const [delivery] = await settled(job.id)
    expect(delivery?.attempts.map(({ status, error }) => [status, error])).toEqual([
      [500, 'status_500'],
      [302, 'redirect_not_followed'],
      [null, 'connection_failed: ECONNRESET'],
      [200, null],
    ])
    expect(new Set(receiver.received.map(({ body, headers }) => `${headers['webhook-id']} ${body}`)).size).toBe(1)
    for (const one of receiver.received) verified(one)
  })

  test('ten tries, then it is exhausted; delivered again on demand, with the same id', { timeout: 40_000 }, async () => {
    receiver.answers.splice(0, 1, 500)
    const job = await apply('identity', [1])
    const [delivery] = await settled(job.id)
    expect(delivery).toMatchObject({ state: 'exhausted', nextAt: null })
    expect(receiver.received).toHaveLength(10)
    receiver.answers.splice(0, 1, 204)
    await post(`/v1/webhook-deliveries/${delivery?.id}/redeliver`)
    await settled(job.id)
    expect(receiver.taken).toHaveLength(1)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  test('Retry-After is obeyed', async () => {
    receiver.answers.unshift((response) => response.writeHead(503, { 'retry-after': '1' }).end())
    const job = await apply('identity', [1])
    await settled(job.id)
    const [first, second] = receiver.received
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(990)
  })

  test('an answer of garbage without end is cut at 64 kB', async () => {
    receiver.answers.unshift((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'set-cookie': 'a=b' })
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16 << 10, 0xfe)));
      }
      response.on('drain', more)
      more()
    })
    const job = await apply('identity', [1])
    const [delivery] = await settled(job.id)
    expect(delivery?.state).toBe('delivered')
    expect(delivery?.attempts[0]?.excerpt.length).toBeLessThanOrEqual(1000)
  })
})

describe('what is refused', () => {
  const refusal = async (webhook: unknown) => {
    const response = await api.post('/v1/pools/default/apply', { function: 'identity', args: [1], webhook })
    return [response.status, ((await response.json()) as { code: string }).code]
  }

  test('a webhook that nobody could verify', async () => {
    expect(await refusal({ url: receiver.url })).toEqual([422, 'webhook-secret-missing'])
    expect(await refusal({ url: receiver.url, secret: 'whsec_short' })).toEqual([400, 'invalid-parameter'])
    expect(await refusal({ url: receiver.url, secret, extra: 1 })).toEqual([400, 'unknown-field'])
    expect(await refusal({ url: receiver.url, secret, events: ['job.born'] })).toEqual([400, 'invalid-parameter'])
  })

  test('a verifier refuses an old message, and an altered one', async () => {
    await apply('identity', [1])
    await eventually(() => receiver.received.length === 1)
    const { body, headers } = receiver.received[0] as Received
    expect(() => verified({ body: body.replace('succeeded', 'failed'), headers, at: 0 })).toThrow()
    for (const shift of [-301, 301]) {
      const moved = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + shift) }
      expect(() => verified({ body, headers: moved, at: 0 })).toThrow()
    }
  })

  test('what there is not', async () => {
    const none = 'A'.repeat(22)
    expect((await api.get(`/v1/webhook-deliveries/whd_${none}`)).status).toBe(404)
    expect((await api.get(`/v1/webhook-endpoints/we_${none}`)).status).toBe(404)
    expect((await api.post(`/v1/webhook-endpoints/we_${none}/rotate`, {}, json)).status).toBe(404)
    expect((await api.get('/v1/webhook-endpoints/x')).status).toBe(400)
  })
})

test('forgotten at once, a job is told of all the same', async () => {
  const job = await apply('identity', [1])
  await api.ended(job.id)
  expect((await api.call('DELETE', `/v1/jobs/${job.id}`)).status).toBe(204)
  await eventually(() => receiver.received.length === 1)
  expect(verified(receiver.received[0] as Received).data.job.id).toBe(job.id)
})
