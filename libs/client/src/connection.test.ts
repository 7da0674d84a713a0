import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from '@manyhands/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { addressOf } from './address.ts'
import { RequestError, ValueError } from './errors.ts'
import { connect } from './index.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of closing.splice(0)) await close()
})

/** Some server that is none of ours. */
async function stranger(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('an address', () => {
  it.each([
    ['http://fleet:3000', 'http://fleet:3000'],
    ['https://fleet.example/hands//', 'https://fleet.example/hands'],
    ['http://[::1]:3000/', 'http://[::1]:3000'],
  ])('%s is %s', (said, is) => {
    expect(addressOf(said, 'url')).toBe(is)
  })

  it.each([
    ['localhost:3000', 'url is "localhost:3000"; did you mean http://localhost:3000?'],
    ['fleet.example', 'did you mean http://fleet.example?'],
    ['ftp://fleet', 'url is "ftp://fleet"; meant is an address such as http://127.0.0.1:3000'],
    ['http://', 'url is "http://"; meant is an address such as'],
    ['http://fleet:99999', 'url is "http://fleet:99999"; meant is an address such as'],
    ['', 'url is ""; meant is an address such as'],
    ['http://fleet/?key=1', 'meant is an address without ?key=1'],
    ['http://fleet/v1/', 'meant is an address without the /v1 of its routes'],
  ])('%s is refused at once', (url, message) => {
    expect(() => connect({ url })).toThrow(ValueError)
    expect(() => connect({ url })).toThrow(message)
  })

  it('is refused without its password being told', () => {
    expect(() => connect({ url: 'http://me:secret@fleet' })).toThrow(/^url has a user name or a password in it/)
  })

  it('of the environment is refused by its name; an empty one is none', () => {
    vi.stubEnv('MANYHANDS_URL', 'fleet:3000')
    expect(() => connect()).toThrow('MANYHANDS_URL is "fleet:3000"; did you mean http://fleet:3000?')
    vi.stubEnv('MANYHANDS_URL', '')
    connect()
  })
})

describe('a server that is not ours', () => {
  it('is told at once, by its address, when it answers 404', async () => {
    let asked = 0
    const url = await stranger((_, response) => {
      asked++
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
    })
    const error = await connect({ url })
      .apply('square', [1])
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RequestError)
    expect(error).toMatchObject({
      status: 404,
      code: 'http-404',
      message: `${url} answered 404, not as a Manyhands server does: is something else there, or in between?`,
    })
    expect(asked).toBe(1)
  })

  it('is told by its address when it takes everything', async () => {
    const url = await stranger((_, response) => response.end('{}'))
    await expect(connect({ url }).apply('square', [1])).rejects.toThrow(`the answer of ${url} has no Location: is this a Manyhands server?`)
  })

  it('is told by its address when it speaks no TLS', async () => {
    const url = (await stranger((_, response) => response.end())).replace('http:', 'https:')
    await expect(connect({ url }).apply('square', [1])).rejects.toThrow(`no connection to ${url}`)
  })
})

it('a server that is not up is tried again until it is', async () => {
  const url = await stranger((_, response) => response.end())
  await closing.pop()?.()
  let asked = 0
  const counting: typeof fetch = (...request) => {
    asked++
    return fetch(...request)
  }
  const hands = connect({ url, retries: 2, fetch: counting })
  await expect(hands.apply('square', [1])).rejects.toThrow(`no connection to ${url} (is the server up?)`)
  // and then the question whether there is a job to cancel
  await eventually(() => asked === 6)
})
