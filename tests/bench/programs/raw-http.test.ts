import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { post, RawConnection } from './raw-http.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function listen(handler: RequestListener): Promise<URL> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

test('answers are cut by Content-Length, also when they come in pieces', async () => {
  const url = await listen((request, response) => {
    response.writeHead(200, { 'content-length': 12 }).write('{"val')
    request.resume().once('end', () => setImmediate(() => response.end('ue":49}')))
  })
  const connection = await RawConnection.open(url)
  const request = post(url, '/v1/pools/default/apply', '{}', { prefer: 'wait=5' })
  for (let i = 0; i < 3; i++) expect(await connection.exchange(request)).toEqual({ status: 200, body: '{"value":49}' })
  connection.close()
})

test('a cut connection and an answer without length are errors', async () => {
  const url = await listen((request, response) => {
    if (request.url === '/cut') request.socket.destroy()
    else response.write('of unknown length', () => response.end())
  })
  const first = await RawConnection.open(url)
  await expect(first.exchange(post(url, '/cut', '{}'))).rejects.toThrow()
  const second = await RawConnection.open(url)
  await expect(second.exchange(post(url, '/chunked', '{}'))).rejects.toThrow('without Content-Length')
  first.close()
  second.close()
})
