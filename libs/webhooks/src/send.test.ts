import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { webhookReceiver } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { rangesOf, type WebhookPolicy } from './policy.ts'
import { send } from './send.ts'

/** Promise 26, with canaries on loopback: nothing is sent to an address that was not checked, and allowed. */
const only = (...cidrs: string[]): WebhookPolicy => ({
  http: true,
  ports: [443],
  allow: rangesOf(cidrs),
  secret: undefined,
  delaysMs: [],
  publicUrl: undefined,
})
const letter = (url: string) => ({ url, headers: { 'webhook-id': 'msg_1' }, body: '{}' })

/** Counts connections: a guard that is too late has connected. */
async function canary(host: string) {
  const sockets: unknown[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  onTestFinished(() => void server.close())
  return { sockets, port: (server.address() as AddressInfo).port }
}

test('it connects to exactly the address that was looked up', async () => {
  await using receiver = await webhookReceiver()
  const { port } = new URL(receiver.url)
  let looks = 0
  // a second look would find another address
  const rebinding = async () => (looks++ === 0 ? ['127.0.0.1'] : ['127.0.0.2'])
  const outcome = await send(letter(`http://rebound.example:${port}/`), only('127.0.0.1/32'), rebinding)
  expect(outcome).toMatchObject({ status: 204, error: null })
  expect([looks, receiver.received[0]?.headers['host']]).toEqual([1, `rebound.example:${port}`])
})

test.each(['127.0.0.2', '[::ffff:127.0.0.2]', '0x7f000002', '2130706434', '127.2'])('no socket reaches %s', async (host) => {
  const { sockets, port } = await canary('127.0.0.2')
  const outcome = await send(letter(`http://${host}:${port}/`), only('127.0.0.1/32'), async () => [])
  expect(outcome.error).toMatch(/^blocked_address: .*127\.0\.0\.2/)
  expect(sockets).toEqual([])
})

test('nor ::1, nor a name that has an inside address among public ones', async () => {
  const { sockets, port } = await canary('::1')
  for (const lookup of [async () => ['::1'], async () => ['127.0.0.1', '::1']]) {
    const outcome = await send(letter(`http://mixed.example:${port}/`), only('127.0.0.1/32'), lookup)
    expect(outcome.error).toMatch(/^blocked_address/)
  }
  expect(sockets).toEqual([])
})

test('a redirect to an inside address is not followed', async () => {
  const { sockets, port } = await canary('127.0.0.2')
  await using receiver = await webhookReceiver()
  receiver.answers.splice(0, 1, (response) => response.writeHead(302, { location: `http://127.0.0.2:${port}/` }).end())
  expect(await send(letter(receiver.url), only('127.0.0.1/32'), async () => [])).toMatchObject({
    status: 302,
    error: 'redirect_not_followed',
  })
  expect(sockets).toEqual([])
})

test('a proxy of the environment is not believed', async () => {
  const { sockets, port } = await canary('127.0.0.2')
  await using receiver = await webhookReceiver()
  const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
  const before = names.map((name) => process.env[name])
  for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.2:${port}`
  try {
    expect((await send(letter(receiver.url), only('127.0.0.1/32'), async () => [])).error).toBeNull()
  } finally {
    names.forEach((name, i) => {
      if (before[i] === undefined) delete process.env[name]
      else process.env[name] = before[i]
    })
  }
  expect(sockets).toEqual([])
})

test('all of it takes a bounded time: a name server, a receiver, an answer that never ends', async () => {
  const server = createServer((_, response) => void response.writeHead(200).write('x'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const never = () => new Promise<string[]>(() => undefined)
  for (const slow of [
    () => send(letter('http://slow.example/'), only(), never, 100),
    () => send(letter(url), only('127.0.0.1/32'), never, 100),
  ]) {
    expect(await slow()).toMatchObject({ status: null, error: 'timeout' })
  }
})

test('a name that nobody knows', async () => {
  const unknown = async () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
  expect(await send(letter('https://nowhere.example/'), only(), unknown)).toEqual({
    status: null,
    error: 'connection_failed: ENOTFOUND',
    excerpt: '',
  })
})
