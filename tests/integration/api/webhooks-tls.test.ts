import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Job, WebhookDelivery } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

/** A receiver as the rules want it: https. Its certificate names localhost and 127.0.0.1, and is trusted by the API of this file. */
const redis = testRedis()
const file = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url))
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
const received: { body: string; headers: Record<string, string> }[] = []
const keys = { key: readFileSync(file('localhost.key')), cert: readFileSync(file('localhost.crt')) }
const [receiver, stranger] = [createServer(keys, take), createServer(keys, take)]
let stack: TestStack
let port: number

async function take(message: IncomingMessage, response: ServerResponse): Promise<void> {
  received.push({ body: await text(message), headers: message.headers as Record<string, string> })
  response.writeHead(204).end()
}
const listening = (server: Server, on: number, host: string) => new Promise<void>((resolve) => server.listen(on, host, resolve))

beforeAll(async () => {
  await listening(receiver, 0, '127.0.0.1')
  port = (receiver.address() as AddressInfo).port
  await listening(stranger, port, '127.0.0.2')
  const settings = {
    NODE_EXTRA_CA_CERTS: file('localhost.crt'),
    MANYHANDS_WEBHOOK_ALLOW: '127.0.0.0/8,::1/128',
    MANYHANDS_WEBHOOK_DELAYS_MS: '600000',
  }
  stack = await startStack({ redisUrl: redis.url, settings })
})
afterAll(async () => {
  await stack.stop()
  for (const server of [receiver, stranger]) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function told(host: string): Promise<WebhookDelivery> {
  const webhook = { url: `https://${host}:${port}/hook`, secret }
  const { id } = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'square', args: [3], webhook })
  return eventually(async () => {
    const { deliveries } = await stack.json<{ deliveries: WebhookDelivery[] }>('GET', `/v1/webhook-deliveries?job=${id}`)
    return deliveries[0] && deliveries[0].attempts.length > 0 ? deliveries[0] : false
  })
}

test.each(['localhost', '127.0.0.1'])('https://%s: its certificate is checked against that name', async (host) => {
  expect(await told(host)).toMatchObject({ state: 'delivered', attempts: [{ status: 204, error: null }] })
  const { body, headers } = received.at(-1) ?? { body: '', headers: {} }
  expect(headers['host']).toBe(`${host}:${port}`)
  expect(new Webhook(secret).verify(body, headers)).toMatchObject({ data: { result: { value: 9 } } })
  expect(stack.api.output()).not.toContain('Warning')
})

test('a certificate of another name is refused, and nothing is sent', async () => {
  const before = received.length
  const { state, attempts } = await told('127.0.0.2')
  expect([state, attempts[0]?.error]).toEqual(['pending', 'connection_failed: ERR_TLS_CERT_ALTNAME_INVALID'])
  expect(received).toHaveLength(before)
})
