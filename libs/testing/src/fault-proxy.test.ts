import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { type FaultProxy, faultProxy } from './fault-proxy.ts'

/** Answers every write with the same bytes in capitals, and remembers what it was asked. */
let asked: string[] = []
let server: Server
let proxy: FaultProxy
let client: Socket
let heard = ''

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      asked.push(bytes.toString())
      socket.write(bytes.toString().toUpperCase())
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
beforeEach(async () => {
  asked = []
  proxy = await faultProxy(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
  client = await dial()
})
afterEach(async () => {
  client.destroy()
  await proxy.close()
})
afterAll(() => new Promise((done) => server.close(done)))

async function dial(): Promise<Socket> {
  heard = ''
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    heard += bytes.toString()
  })
  await once(socket, 'connect')
  return socket
}

test("passes bytes both ways, and its URL is the target's", async () => {
  client.write('hello')
  await eventually(() => heard === 'HELLO')
  expect(proxy.url).toBe(`http://127.0.0.1:${proxy.port}`)
})

test('cut resets what is open and takes new connections', async () => {
  await eventually(() => proxy.connections === 1)
  const [error] = await Promise.all([once(client, 'error'), proxy.cut()])
  expect(error[0].code).toBe('ECONNRESET')
  client = await dial()
  client.write('again')
  await eventually(() => heard === 'AGAIN')
})

test('a black hole holds everything back until heal', async () => {
  proxy.blackHole()
  client.write('lost?')
  const other = await dial()
  other.write(' and me?')
  await expect(eventually(() => asked.length > 0, { timeoutMs: 60 })).rejects.toThrow()
  proxy.heal()
  await eventually(() => asked.join('').includes('lost?') && asked.join('').includes('and me?'))
  other.destroy()
})

test('delay holds each chunk that long and keeps the order over heal', async () => {
  proxy.delay(40)
  const begun = performance.now()
  client.write('a')
  await eventually(() => heard === 'A')
  expect(performance.now() - begun).toBeGreaterThanOrEqual(79)
  client.write('b')
  proxy.heal()
  client.write('c')
  await eventually(() => heard === 'ABC')
})

test('down refuses', async () => {
  proxy.down()
  const socket = connect(proxy.port, '127.0.0.1')
  const [error] = await once(socket, 'error')
  expect(error.code).toBe('ECONNRESET')
})

test('a lost reply: the request was done, its reply never comes', async () => {
  const lost = proxy.loseReply((request) => request.includes('pay'))
  client.write('ask')
  await eventually(() => heard === 'ASK')
  const closed = new Promise((done) => client.once('close', done))
  client.write('pay')
  await Promise.all([lost, closed])
  expect(asked).toEqual(['ask', 'pay'])
  expect(heard).toBe('ASK')
})
