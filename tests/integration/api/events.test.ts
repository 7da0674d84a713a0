import type { Job, Session } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: redis.url })
})
afterAll(() => stack.stop())

interface Sent {
  id: string | undefined
  type: string
  data: Record<string, unknown>
}

/** Reads server-sent events until the stream ends, or has brought what was wanted: then the connection is cut. */
async function read(path: string, last: string | undefined, enough: (seen: Sent[]) => boolean = () => false): Promise<Sent[]> {
  const cut = new AbortController()
  onTestFinished(() => cut.abort())
  const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': last }
  const response = await fetch(`${stack.url}${path}`, { headers, signal: cut.signal })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const seen: Sent[] = []
  let rest = ''
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    seen.push(...blocks.filter((block) => block.includes('data: ')).map(eventOf))
    if (enough(seen)) break
  }
  cut.abort()
  return seen
}

function eventOf(block: string): Sent {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  return { id: field('id'), type: field('event') ?? '', data: JSON.parse(field('data') ?? '{}') }
}

const typesOf = (events: Sent[]) => [...new Set(events.map(({ type }) => type))]
const map = (items: unknown[], more: object = {}) =>
  stack.json<Job>('POST', '/v1/pools/default/map', { function: 'behave', items, chunkSize: 1, ...more })
const fails = { do: 'throw', message: 'no' }

describe('the events of a job', () => {
  it('are its progress, each failure once, and its end', async () => {
    const job = await map([{ do: 'slow', ms: 300, value: 1 }, fails, { do: 'slow', ms: 300, value: 1 }, fails])
    const events = await read(`/v1/jobs/${job.id}/events`, undefined)
    expect(typesOf(events).toSorted()).toEqual(['item.failed', 'job.failed', 'job.progress'])
    const failed = events.filter(({ type }) => type === 'item.failed')
    expect(failed.map(({ id, data }) => [id, data['index']])).toEqual([
      ['1', 1],
      ['2', 3],
    ])
    expect(failed[0]?.data).toMatchObject({ error: { name: 'RangeError', message: 'no' }, attempts: 1 })
    expect(events.at(-1)).toMatchObject({ id: 'end', type: 'job.failed', data: { id: job.id, items: { done: 4, failed: 2 } } })
  })

  it('tell what a function says of its progress, four times a second at most', async () => {
    const steps = Array.from({ length: 20 }, (_, i) => i)
    const job = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'reports', args: [steps, 50] })
    const from = performance.now()
    const events = await read(`/v1/jobs/${job.id}/events`, undefined)
    const told = events.flatMap(({ data }) => (data['progress'] && data['state'] === 'running' ? [data['progress']] : []))
    expect(told.length).toBeGreaterThan(1)
    expect(told.length).toBeLessThan(2 + (performance.now() - from) / 250)
    expect(events.at(-1)).toMatchObject({ type: 'job.succeeded' })
  })

  it('go on where they were cut: nothing is missing, nothing comes twice', async () => {
    const job = await map(
      Array.from({ length: 60 }, () => fails),
      { results: 'discard' },
    )
    const seen: Sent[] = []
    let last: string | undefined
    while (seen.at(-1)?.type !== 'job.failed') {
      const more = await read(`/v1/jobs/${job.id}/events`, last, (events) => events.filter(({ id }) => id !== undefined).length >= 3)
      const told = more.filter(({ id }) => id !== undefined).slice(0, 3)
      seen.push(...told)
      last = told.at(-1)?.id ?? last
    }
    const indexes = seen.flatMap(({ data, type }) => (type === 'item.failed' ? [Number(data['index'])] : []))
    expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i))
    expect((await stack.call('GET', `/v1/jobs/${job.id}/events`, undefined, { 'last-event-id': 'end' })).status).toBe(204)
  })

  it('of an ended job are what is left to tell; of none, a 404', async () => {
    const job = await map([fails])
    await stack.ended(job.id)
    expect((await read(`/v1/jobs/${job.id}/events`, undefined)).map(({ type }) => type)).toEqual(['item.failed', 'job.failed'])
    expect((await read(`/v1/jobs/${job.id}/events`, '1')).map(({ type }) => type)).toEqual(['job.failed'])
    expect((await stack.call('GET', '/v1/jobs/default~nobody/events')).status).toBe(404)
  })

  it('of a retry have the indexes of the first job', async () => {
    const job = await map([{ do: 'ok', value: 1 }, fails])
    await stack.ended(job.id)
    const retry = await stack.json<Job>('POST', `/v1/jobs/${job.id}/retry`)
    const events = await read(`/v1/jobs/${retry.id}/events`, undefined)
    expect(events.filter(({ type }) => type === 'item.failed').map(({ data }) => data['index'])).toEqual([1])
  })
})

describe('the events of a session', () => {
  const open = () => stack.json<Session>('POST', '/v1/sessions', { leaseMs: 60_000 })
  const apply = (session: string, name: string, args: unknown[]) =>
    stack.json<Job>('POST', '/v1/pools/default/apply', { function: name, args, session })

  it('are the ends of its jobs, in one stream, over cuts, and its own end', async () => {
    const { id } = await open()
    const jobs = await Promise.all(Array.from({ length: 20 }, (_, i) => apply(id, 'square', [i])))
    const path = `/v1/sessions/${id}/events`
    const first = (await read(path, undefined, (events) => events.length >= 7)).slice(0, 7)
    const rest = read(path, first.at(-1)?.id)
    const late = await apply(id, 'behave', [{ do: 'hang' }])
    await eventually(async () => (await stack.json<Job>('GET', `/v1/jobs/${late.id}`)).state === 'running')
    // what its own end ends is told too
    await stack.call('DELETE', `/v1/sessions/${id}`)
    const events = [...first, ...(await rest)]
    const ended = events.flatMap(({ type, data }) => (type === 'job.ended' ? [data] : []))
    expect(ended.map(({ job }) => job).toSorted()).toEqual([...jobs, late].map((job) => job.id).toSorted())
    expect(ended.at(-1)).toEqual({ job: late.id, state: 'cancelled' })
    expect(events.at(-1)).toMatchObject({ type: 'session.ended' })
  })

  it('are progress and failures of its maps too, over cuts', async () => {
    const { id } = await open()
    const items = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? fails : { do: 'slow', ms: 20, value: i }))
    const job = await map(items, { session: id })
    const path = `/v1/sessions/${id}/events`
    const seen: Sent[] = []
    while (seen.at(-1)?.type !== 'job.ended') {
      const more = (await read(path, seen.at(-1)?.id, (events) => events.length >= 3 || events.at(-1)?.type === 'job.ended')).slice(0, 3)
      seen.push(...more)
    }
    const failed = seen.filter(({ type }) => type === 'item.failed')
    expect(failed.map(({ data }) => Number(data['index'])).toSorted((a, b) => a - b)).toEqual(
      items.flatMap((_, i) => (i % 2 === 0 ? [i] : [])),
    )
    expect(failed[0]?.data).toMatchObject({ job: job.id, error: { message: 'no' }, attempts: 1 })
    const progress = seen.filter(({ type }) => type === 'job.progress')
    expect(progress.length).toBeGreaterThan(0)
    expect(progress[0]?.data).toMatchObject({ job: job.id, state: 'running', items: { total: 40 } })
    expect(seen.at(-1)?.data).toEqual({ job: job.id, state: 'failed' })
  })

  it('have the value of a small apply; of a job that only names it in notify, the end alone, which it outlives', async () => {
    const { id } = await open()
    const small = await apply(id, 'identity', [{ text: 'é€😀' }])
    const large = await apply(id, 'identity', ['x'.repeat(600)])
    const told = await map([fails, fails], { notify: id })
    const ends = await read(
      `/v1/sessions/${id}/events`,
      undefined,
      (events) => events.filter(({ type }) => type === 'job.ended').length === 3,
    )
    const endOf = (job: Job) => ends.find(({ type, data }) => type === 'job.ended' && data['job'] === job.id)?.data
    expect(endOf(small)).toEqual({ job: small.id, state: 'succeeded', value: { text: 'é€😀' } })
    expect(endOf(large)).toEqual({ job: large.id, state: 'succeeded' })
    expect(endOf(told)).toEqual({ job: told.id, state: 'failed' })
    expect(ends.filter(({ type, data }) => type !== 'job.ended' && data['job'] === told.id)).toEqual([])
    const lasting = await map([{ do: 'slow', ms: 500, value: 1 }], { notify: id })
    await stack.call('DELETE', `/v1/sessions/${id}`)
    expect((await stack.ended(lasting.id)).state).toBe('succeeded')
    const refused = await stack.call('POST', '/v1/pools/default/apply', { function: 'square', args: [1], notify: id })
    expect(refused.status).toBe(404)
  })

  it('of none are a 404', async () => {
    const answer = await stack.call('GET', `/v1/sessions/${'x'.repeat(22)}/events`)
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'session-not-found'])
  })
})
