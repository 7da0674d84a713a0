import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Job, ProcessRecord } from '@manyhands/contracts'
import { closeRedis, connectRedis } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

/** Jobs from inside jobs: parent, depth, and what ends with whom. */
const redis = testRedis()
let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ inside: true, redisUrl: redis.url, settings: { MANYHANDS_PROCESSES: '2', MANYHANDS_MAX_DEPTH: '3' } })
})
afterAll(() => stack.stop())

const apply = (name: string, args: unknown[], more: object = {}) =>
  stack.json<Job>('POST', '/v1/pools/default/apply', { function: name, args, ...more })
const look = (id: string) => stack.json<Job>('GET', `/v1/jobs/${id}`)
const childrenOf = async (id: string) => (await stack.json<{ jobs: Job[] }>('GET', `/v1/jobs?parent=${id}`)).jobs
const cancel = (id: string) => stack.json<Job>('POST', `/v1/jobs/${id}/cancel`)
/** A job that lives until it is told to end. */
const living = (more: object = {}) => apply('behave', [{ do: 'hang' }], { delayMs: 600_000, ...more })

async function refusal(route: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await stack.call('POST', route, body, headers)
  const { code, detail } = (await response.json()) as { code: string; detail: string }
  return { status: response.status, code, detail }
}

describe('a parent', () => {
  it('is shown, and found by', async () => {
    const top = await living()
    const parent = `${top.id}/7`
    const child = await apply('square', [2], { parent })
    expect(child.parent).toEqual({ job: top.id, index: 7 })
    expect((await look(child.id)).parent).toEqual({ job: top.id, index: 7 })
    const items = { function: 'square', items: [1], parent }
    const map = await stack.json<Job>('POST', '/v1/pools/default/map', items)
    const headers = { 'content-type': 'application/x-ndjson' }
    const streamed = await stack.json<Job>('POST', `/v1/pools/default/map?function=square&parent=${parent}`, '1\n2\n', headers)
    const open = await stack.json<Job>('POST', '/v1/pools/default/map', { function: 'square', open: true, parent })
    const process = await stack.json<ProcessRecord>('POST', '/v1/processes', { function: 'square', args: [1], parent })
    expect(process.parent).toEqual({ job: top.id, index: 7 })
    expect((await childrenOf(top.id)).map(({ id }) => id).toSorted()).toEqual([child, map, streamed, open].map(({ id }) => id).toSorted())
    expect('parent' in (await look(top.id))).toBe(false)
    await cancel(top.id)
  })

  it('must be there, live, and not too deep', async () => {
    const route = '/v1/pools/default/apply'
    const body = { function: 'square', args: [1] }
    expect(await refusal(route, { ...body, parent: 'default~nobody/0' })).toEqual({
      status: 404,
      code: 'parent-not-found',
      detail: 'there is no job default~nobody to be the parent; meant is the job that submits this one',
    })
    const ended = await apply('square', [1])
    await stack.ended(ended.id)
    expect(await refusal(route, { ...body, parent: `${ended.id}/0` })).toEqual({
      status: 409,
      code: 'parent-ended',
      detail: `the parent ${ended.id} has ended: nobody would wait for this job`,
    })
    let last = await living()
    const top = last.id
    for (let depth = 1; depth <= 3; depth++) last = await living({ parent: `${last.id}/0` })
    expect(await refusal(route, { ...body, parent: `${last.id}/0` })).toEqual({
      status: 409,
      code: 'nested-too-deep',
      detail: 'maximum depth exceeded: this job would be 4 levels below the first; the limit is 3 (MANYHANDS_MAX_DEPTH)',
    })
    expect((await refusal(route, { ...body, parent: top })).code).toBe('invalid-parameter')
    expect((await refusal('/v1/schedules', { everyMs: 1000, apply: { ...body, parent: `${top}/0` } })).code).toBe('invalid-parameter')
    await cancel(top)
  })

  it('takes its children along when it is cancelled, and theirs: waiting ones, and those that compute, within a second', async () => {
    const top = await living()
    const middle = await living({ parent: `${top.id}/0` })
    const computing = await apply('spin', [60_000], { parent: `${middle.id}/0` })
    const process = await stack.json<ProcessRecord>('POST', '/v1/processes', {
      function: 'behave',
      args: [{ do: 'hang' }],
      parent: `${middle.id}/0`,
    })
    await eventually(async () => (await look(computing.id)).state === 'running')
    const asked = performance.now()
    await cancel(top.id)
    await eventually(async () => (await look(computing.id)).stoppedAt !== null, { everyMs: 10 })
    expect(performance.now() - asked).toBeLessThan(1000)
    expect(await look(middle.id)).toMatchObject({
      state: 'cancelled',
      error: { code: 'cancelled', message: `its parent ${top.id} has ended, or failed` },
    })
    expect(await stack.json<ProcessRecord>('GET', `/v1/processes/${process.id}?wait=5`)).toMatchObject({ state: 'cancelled' })
  })

  it('takes them along at its deadline', async () => {
    const top = await apply('behave', [{ do: 'hang' }], { deadlineMs: 100, delayMs: 600_000 })
    const child = await living({ parent: `${top.id}/0` })
    expect(await stack.ended(child.id)).toMatchObject({ state: 'cancelled' })
  })

  it('that succeeds leaves them', async () => {
    const top = await apply('later', [300, 'x'])
    const child = await living({ parent: `${top.id}/0` })
    expect(await stack.ended(top.id)).toMatchObject({ state: 'succeeded' })
    expect((await look(child.id)).finishedAt).toBeNull()
    await cancel(child.id)
  })

  it('item that fails, or is tried again, ends its own children and no others', async () => {
    const top = await stack.json<Job>('POST', '/v1/pools/default/map', {
      function: 'behave',
      items: [
        { do: 'slow', ms: 200, value: 1 },
        { do: 'throw', message: 'no' },
      ],
      chunkSize: 1,
      delayMs: 300,
      attempts: 2,
      backoff: { type: 'fixed', delayMs: 500 },
    })
    const other = await living({ parent: `${top.id}/0` })
    const first = await living({ parent: `${top.id}/1` })
    expect(await stack.ended(first.id)).toMatchObject({ state: 'cancelled' })
    expect((await look(top.id)).finishedAt).toBeNull()
    const second = await living({ parent: `${top.id}/1` })
    expect(await stack.ended(second.id)).toMatchObject({ state: 'cancelled' })
    expect((await look(other.id)).finishedAt).toBeNull()
    await cancel(other.id)
  })

  it('item whose process dies, and that runs again, leaves no child of its first run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mh-nested-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const job = await apply('dies', [join(folder, 'starts')])
    expect(await stack.ended(job.id)).toMatchObject({ state: 'succeeded' })
    const children = await childrenOf(job.id)
    expect(children.map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
  })

  it('that is forgotten leaves no key', async () => {
    const top = await living()
    const child = await living({ parent: `${top.id}/0` })
    await cancel(top.id)
    await stack.ended(child.id)
    for (const { id } of [top, child]) await stack.call('DELETE', `/v1/jobs/${id}`)
    const client = connectRedis(redis.url, 'store', () => undefined)
    const keys = await client.keys('*')
    await closeRedis(client)
    expect(keys.filter((key) => key.includes(top.id) || key.includes(child.id))).toEqual([])
  })
})

describe('inside a function', () => {
  it('what is submitted names its item, and deeper than the limit is a RecursionError', async () => {
    const job = await apply('descend', [], { attempts: 1 })
    expect(await stack.ended(job.id)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('maximum depth exceeded') },
    })
    const [child] = await childrenOf(job.id)
    expect(child?.parent).toEqual({ job: job.id, index: 0 })
    expect(child?.error?.name).toBe('RecursionError')
  })

  it('a process may start another one, but a daemonic one has no children', async () => {
    const start = (daemon: boolean) => stack.json<ProcessRecord>('POST', '/v1/processes', { function: 'bears', daemon })
    const [other, daemon] = await Promise.all([start(false), start(true)])
    expect(await stack.json<ProcessRecord>('GET', `/v1/processes/${other.id}?wait=10`)).toMatchObject({ exitCode: 0 })
    expect(await stack.json<ProcessRecord>('GET', `/v1/processes/${daemon.id}?wait=10`)).toMatchObject({
      exitCode: 1,
      error: { name: 'AssertionError', message: `daemonic processes are not allowed to have children, and ${daemon.id} is one` },
    })
  })
})
