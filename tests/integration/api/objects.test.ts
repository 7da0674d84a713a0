import { connect } from 'node:net'
import { media } from '@manyhands/contracts'
import { connectRedis } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { describe, expect, test } from 'vitest'
import { apiServer, type Problem, tagged } from './server.ts'

/** Shared objects, as any HTTP client has them. */
const redis = testRedis()
const api = apiServer(redis, { worker: false })

const put = (route: string, body?: unknown) => request('PUT', route, body)
const request = (method: string, route: string, body?: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${api.url}${route}`, body === undefined ? { method } : { method, headers, body: JSON.stringify(body) })
const call = (path: string, body: unknown = {}, headers?: Record<string, string>) => request('POST', `/v1/managers/${path}`, body, headers)
async function value(path: string, body: unknown = {}): Promise<unknown> {
  const response = await call(path, body)
  expect(response.status, await response.clone().text()).toBe(200)
  return ((await response.json()) as { value: unknown }).value
}
async function refusal(response: Promise<Response>): Promise<[number, string]> {
  const { status, code } = (await (await response).json()) as Problem
  return [status, code]
}

describe('an object', () => {
  test('is made by PUT, again and again with the same; read by GET; gone by DELETE', async () => {
    const path = '/v1/managers/default/dict/scores'
    expect(await (await put(path, { entries: [['alice', 1]] })).json()).toEqual({ value: true })
    expect(await (await put(path, { entries: [['alice', 1]] })).json()).toEqual({ value: false })
    expect(await refusal(put(path, { entries: [] }))).toEqual([409, 'object-differs'])
    expect(await (await api.get(path)).json()).toEqual({ value: [['alice', 1]] })
    expect((await api.call('DELETE', path)).status).toBe(204)
    expect(await refusal(api.call('DELETE', path))).toEqual([404, 'object-not-found'])
    expect(await refusal(api.get(path))).toEqual([404, 'object-not-found'])
    expect(await refusal(call('default/dict/scores/get', { key: 1 }))).toEqual([404, 'object-not-found'])
  })

  test('has its methods by POST, with arguments by name', async () => {
    await put('/v1/managers/default/dict/d', {})
    expect(await value('default/dict/d/increment', { key: 'n', amount: 2.5 })).toBe(2.5)
    expect(await value('default/dict/d/set', { key: { b: 1, a: [2] }, value: 'x' })).toBeNull()
    expect(await value('default/dict/d/get', { key: { a: [2], b: 1 } })).toBe('x')
    expect(await value('default/dict/d/size')).toBe(2)
    expect(await refusal(call('default/dict/d/getItem', { key: 'none' }))).toEqual([404, 'key-error'])
    expect(await refusal(call('default/dict/d/get', { kee: 1 }))).toEqual([400, 'unknown-field'])
    expect(await refusal(call('default/dict/d/increment', { key: 'n', amount: 'two' }))).toEqual([422, 'type-error'])
    expect(await refusal(call('default/dict/d/explode'))).toEqual([400, 'invalid-parameter'])
    expect(await refusal(call('default/dict/d/create'))).toEqual([400, 'invalid-parameter'])
    expect(await refusal(call('nowhere/dict/d/size'))).toEqual([404, 'object-not-found'])
    expect(await refusal(put('/v1/managers/nowhere/dict/d', {}))).toEqual([404, 'manager-not-found'])
  })

  test('values of the tagged media type come back as they were; those of plain JSON are literal', async () => {
    await put('/v1/managers/default/list/l', {})
    await call('default/list/l/append', { value: { $date: '1970-01-01T00:00:00.000Z' } }, tagged)
    await call('default/list/l/append', { value: { $date: 1 } })
    expect(await value('default/list/l/slice')).toEqual([{ $date: '1970-01-01T00:00:00.000Z' }, { $$date: 1 }])
  })

  test.each(['a b', 'a:b', '{a}', 'a%0d%0ab', 'a'.repeat(129), '%00'])('a name such as %s is refused', async (name) => {
    expect((await put(`/v1/managers/default/counter/${name}`, {})).status).toBe(400)
    expect((await put(`/v1/managers/${name}`, {})).status).toBe(400)
  })

  test('a name of 128 is fine', async () => {
    expect((await put(`/v1/managers/${'m'.repeat(128)}`, {})).status).toBe(201)
    expect((await put(`/v1/managers/${'m'.repeat(128)}/counter/${'c'.repeat(128)}`, {})).status).toBe(200)
  })
})

describe('many calls in one request', () => {
  test('are answered in order, each for itself, and done once', async () => {
    const calls = [
      { object: 'default/counter/many', method: 'create' },
      { object: 'default/counter/many', method: 'add', args: [2] },
      { object: 'default/counter/many', method: 'add', args: ['x'] },
      { object: 'default/counter/none', method: 'add' },
      { object: 'default/counter/many', method: 'add', args: [3] },
    ]
    const send = async (number: number) =>
      (await (await request('POST', '/v1/object-calls', { owner: 'me', number, calls })).json()) as { answers: unknown[] }
    const first = await send(1)
    expect(first.answers).toEqual([
      { value: true },
      { value: 2 },
      { error: expect.objectContaining({ code: 'type-error' }) },
      { error: expect.objectContaining({ code: 'object-not-found' }) },
      { value: 5 },
    ])
    expect(await send(1)).toEqual(first)
    expect((await send(2)).answers[4]).toEqual({ value: 10 })
  })

  test('what is no call is refused as a whole', async () => {
    expect(await refusal(request('POST', '/v1/object-calls', { calls: [{ object: 'x', method: 'add' }] }))).toEqual([
      400,
      'invalid-parameter',
    ])
    expect(await refusal(request('POST', '/v1/object-calls', { calls: [] }))).toEqual([400, 'invalid-parameter'])
    expect(await refusal(request('POST', '/v1/object-calls', { calls: [{ object: 'a/counter/b', method: 'add', arg: 1 }] }))).toEqual([
      400,
      'unknown-field',
    ])
  })
})

describe('waiting', () => {
  test('timeout 0 tries once; a get is answered by a put; one that is held the longest is told to ask again', async () => {
    await put('/v1/managers/default/queue/q', {})
    expect(await refusal(call('default/queue/q/get', { timeout: 0 }))).toEqual([409, 'queue-empty'])
    expect(await refusal(call('default/queue/q/get', { timeout: 0.05 }))).toEqual([409, 'queue-empty'])
    const waiting = value('default/queue/q/get', { timeout: 10 })
    await eventually(async () => expect(await waiters()).toBe(1))
    await value('default/queue/q/put', { value: 7 })
    expect(await waiting).toBe(7)
    expect(await refusal(call('default/queue/q/get', { timeout: 31 }))).toEqual([400, 'invalid-parameter'])
  })

  test('a closed socket gives the place up: what is put goes to the next', async () => {
    await put('/v1/managers/default/queue/gone', {})
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    const body = '{"timeout":20}'
    socket.write(
      `POST /v1/managers/default/queue/gone/get HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await eventually(async () => expect(await waiters()).toBe(1))
    const next = value('default/queue/gone/get', { timeout: 10 })
    await eventually(async () => expect(await waiters()).toBe(2))
    socket.destroy()
    await eventually(async () => expect(await waiters()).toBe(1))
    await value('default/queue/gone/put', { value: 'mine' })
    expect(await next).toBe('mine')
  })

  test('the same caller, sent again, is answered with what it got', async () => {
    await put('/v1/managers/default/queue/again', {})
    await value('default/queue/again/put', { value: 1 })
    await value('default/queue/again/put', { value: 2 })
    const ask = () => value('default/queue/again/get', { caller: { id: 'one-get' }, timeout: 5 })
    expect([await ask(), await ask()]).toEqual([1, 1])
    expect(await value('default/queue/again/size')).toBe(1)
  })

  async function waiters(): Promise<number> {
    const client = connectRedis(redis.url, 'request', () => undefined)
    await new Promise((resolve) => client.once('ready', resolve))
    const keys = await client.keys('*:default:waits')
    const counts = await Promise.all(keys.map((key) => client.hlen(key)))
    client.disconnect()
    return counts.reduce((sum, count) => sum + count, 0)
  }
})

describe('a Value and an Array, in plain JSON', () => {
  test('are numbers, and their code need not be said', async () => {
    await put('/v1/managers/default/value/v', { code: 'i', value: 40 })
    expect(await value('default/value/v/add', { index: 0, amount: 2 })).toBe(42)
    expect(await (await api.get('/v1/managers/default/value/v')).json()).toEqual({ value: 42 })
    await put('/v1/managers/default/array/a', { code: 'd', values: [0.5, 1, 2] })
    await value('default/array/a/set', { index: 1, content: 1.5 })
    await value('default/array/a/write', { start: 2, content: [2.5] })
    expect(await value('default/array/a/read', { start: 1 })).toEqual([1.5, 2.5])
    expect(await value('default/array/a/get', { index: -1 })).toBe(2.5)
    await put('/v1/managers/default/array/empty', { code: 'B', size: 3 })
    expect(await (await api.get('/v1/managers/default/array/empty')).json()).toEqual({ value: [0, 0, 0] })
    await put('/v1/managers/default/value/any', { code: '*', value: { a: [1] } })
    expect(await (await api.get('/v1/managers/default/value/any')).json()).toEqual({ value: { a: [1] } })
  })

  test('of what is no number, no code, or nothing they have: a clear refusal', async () => {
    await put('/v1/managers/default/value/w', { code: 'i' })
    expect(await refusal(call('default/value/w/set', { index: 0, content: 'x' }))).toEqual([422, 'type-error'])
    expect(await refusal(put('/v1/managers/default/value/x', { code: 'z', value: 1 }))).toEqual([422, 'type-error'])
    expect(await refusal(put('/v1/managers/default/array/y', { code: 'i', itemBytes: 4 }))).toEqual([400, 'unknown-field'])
    expect(await refusal(put('/v1/managers/default/array/huge', { code: 'd', size: 1e9 }))).toEqual([422, 'type-error'])
    expect(await refusal(call('default/value/none/get', { index: 0 }))).toEqual([404, 'object-not-found'])
  })
})

describe('calls with their bytes behind them', () => {
  const packed = (head: object, tail: Uint8Array, accept = media.calls) =>
    fetch(`${api.url}/v1/object-calls`, {
      method: 'POST',
      headers: { 'content-type': media.calls, accept },
      body: Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), tail]),
    })

  test('are answered so, each with its own', async () => {
    await put('/v1/managers/default/array/p', { code: 'B', size: 4 })
    const of = (method: string, args: unknown[], bytes?: number) => ({ object: 'default/array/p', method, args, bytes })
    const calls = [of('write', ['B', 0, 2], 2), of('set', ['B', 3], 1), of('read', ['B']), of('size', []), of('get', ['B', 3])]
    const answer = Buffer.from(await (await packed({ calls }, Buffer.from([10, 255, 7]))).arrayBuffer())
    const end = answer.indexOf(10)
    const { answers } = JSON.parse(String(answer.subarray(0, end)))
    expect(answers).toEqual([{ value: null }, { value: null }, { bytes: 4 }, { value: 4 }, { bytes: 1 }])
    expect([...answer.subarray(end + 1)]).toEqual([10, 255, 0, 7, 7])
  })

  test('that speak of other bytes than there are, or take none, are refused', async () => {
    const one = (method: string, bytes?: number) => ({ calls: [{ object: 'default/array/p', method, args: [], bytes }] })
    expect(await refusal(packed(one('write', 5), Buffer.from('abc')))).toEqual([400, 'invalid-parameter'])
    expect(await refusal(packed(one('write'), Buffer.from('abc')))).toEqual([400, 'invalid-parameter'])
    expect(await refusal(packed(one('size', 3), Buffer.from('abc')))).toEqual([400, 'invalid-parameter'])
    expect(await refusal(packed({ calls: [] }, Buffer.from('')))).toEqual([400, 'invalid-parameter'])
  })
})

describe('a lock', () => {
  test('is granted with a token, released by it alone; attack 14', async () => {
    await put('/v1/managers/default/lock/l', {})
    const grant = (await value('default/lock/l/acquire', { ttlMs: 60_000 })) as { token: string; validityMs: number }
    expect(grant).toEqual({ token: expect.stringMatching(/^[0-9]+$/), validityMs: 60_000 })
    expect(await value('default/lock/l/acquire', { ttlMs: 1000, timeout: 0 })).toBeNull()
    const other = String(Number(grant.token) - 1)
    expect(await refusal(call('default/lock/l/release', { token: other }))).toEqual([409, 'not-lock-holder'])
    expect(await refusal(call('default/lock/l/extend', { token: other, ttlMs: 1000 }))).toEqual([409, 'not-lock-holder'])
    for (const ttlMs of [0, -1, 1e12, 1.5]) {
      expect(await refusal(call('default/lock/l/acquire', { ttlMs, timeout: 0 }))).toEqual([400, 'invalid-ttl'])
    }
    expect(await value('default/lock/l/locked')).toBe(true)
    await value('default/lock/l/release', { token: grant.token })
    expect(await refusal(call('default/lock/l/extend', { token: grant.token, ttlMs: 1000 }))).toEqual([409, 'lock-expired'])
    expect(await refusal(call('default/lock/l/release'))).toEqual([422, 'value-error'])
  })

  test('a lease that ends sets it free, for whoever waits', async () => {
    await put('/v1/managers/default/lock/short', {})
    const first = (await value('default/lock/short/acquire', { ttlMs: 200 })) as { token: string }
    const next = (await value('default/lock/short/acquire', { ttlMs: 60_000, timeout: 10 })) as { token: string }
    expect(Number(next.token)).toBeGreaterThan(Number(first.token))
  })

  test('a write under an old grant is 409 fenced, with the present token', async () => {
    await put('/v1/managers/default/lock/f', {})
    await put('/v1/managers/default/counter/f', {})
    const take = async () => ((await value('default/lock/f/acquire', { ttlMs: 60_000 })) as { token: string }).token
    const old = await take()
    await value('default/lock/f/release', { token: old })
    const token = await take()
    const late = await call('default/counter/f/add', { amount: 1, fence: { lock: 'default/lock/f', token: old } })
    expect(await late.json()).toMatchObject({ status: 409, code: 'fenced', token })
    expect(await value('default/counter/f/get')).toBe(0)
  })
})

describe('managers', () => {
  test('are made, listed, and shut down with every key', async () => {
    expect((await put('/v1/managers/game', {})).status).toBe(201)
    expect((await put('/v1/managers/game', {})).status).toBe(200)
    await put('/v1/managers/game/dict/d', { entries: [['a', 1]] })
    await put('/v1/managers/game/queue/q', {})
    await value('game/queue/q/put', { value: 1 })
    expect(await (await api.get('/v1/managers/game')).json()).toEqual({ name: 'game', session: null, endsAt: null, objects: 2 })
    const { managers } = (await (await api.get('/v1/managers')).json()) as { managers: { name: string }[] }
    expect(managers.map(({ name }) => name)).toContain('game')
    const waiting = refusal(
      call('game/queue/q/get', { caller: { id: 'w' }, timeout: 10 }).then(() => call('game/queue/q/get', { timeout: 10 })),
    )
    expect((await api.call('DELETE', '/v1/managers/game')).status).toBe(204)
    expect(await waiting).toEqual([404, 'object-not-found'])
    expect(await refusal(api.get('/v1/managers/game'))).toEqual([404, 'manager-not-found'])
    expect(await keysOf('game')).toEqual([])
  })

  test('one of a session ends with it', async () => {
    const { id } = (await (await api.post('/v1/sessions', { leaseMs: 1000 })).json()) as { id: string }
    await put('/v1/managers/mine', { session: id })
    await put('/v1/managers/mine/list/l', { values: [1] })
    expect((await api.call('DELETE', `/v1/sessions/${id}`)).status).toBe(204)
    await eventually(async () => expect(await keysOf('mine')).toEqual([]), { timeoutMs: 10_000 })
    expect(await refusal(call('mine/list/l/size'))).toEqual([404, 'object-not-found'])
    expect(await refusal(put('/v1/managers/mine', { session: id }))).toEqual([404, 'session-not-found'])
  })

  test('one with a lifetime says when it ends, and is gone then; default has none', async () => {
    const made = await put('/v1/managers/short', { ttlMs: 60_000 })
    const { endsAt } = (await made.json()) as { endsAt: string }
    expect(Math.abs(Date.parse(endsAt) - Date.now() - 60_000)).toBeLessThan(10_000)
    await put('/v1/managers/short/list/l', { values: [1] })
    await put('/v1/managers/short', { ttlMs: 1 })
    await eventually(async () => expect(await keysOf('short')).toEqual([]), { timeoutMs: 10_000 })
    expect(await refusal(put('/v1/managers/default', { ttlMs: 5 }))).toEqual([400, 'invalid-parameter'])
    expect(await refusal(put('/v1/managers/short', { ttlMs: 0 }))).toEqual([400, 'invalid-parameter'])
  })

  async function keysOf(manager: string): Promise<string[]> {
    const client = connectRedis(redis.url, 'request', () => undefined)
    await new Promise((resolve) => client.once('ready', resolve))
    const keys = [...(await client.keys(`*:object:${manager}:*`)), ...(await client.keys(`*:manager:${manager}*`))]
    client.disconnect()
    return keys
  }
})
