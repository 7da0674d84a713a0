import { hostname } from 'node:os'
import type { Job, ProcessRecord } from '@manyhands/contracts'
import { closeRedis, connectRedis, groupBase } from '@manyhands/redis'
import { eventually, testRedis } from '@manyhands/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStack, type TestStack } from '../../stack.ts'

const server = testRedis()
const restarting = testRedis({ aof: true })
let stack: TestStack
beforeAll(async () => {
  // one slot: processes stand beside it
  stack = await startStack({ redisUrl: server.url, settings: { MANYHANDS_PROCESSES: '1', MANYHANDS_PROCESS_LIMIT: '4' } })
})
afterAll(() => stack.stop())

const start = (name: string, args: unknown[] = [], more = {}, on = stack) =>
  on.json<ProcessRecord>('POST', '/v1/processes', { function: name, args, ...more }, { prefer: 'wait=20' })
const look = (id: string, query = '', on = stack) => on.json<ProcessRecord>('GET', `/v1/processes/${id}${query}`)
async function ended({ id }: { id: string }, on = stack): Promise<ProcessRecord> {
  const process = await look(id, '?wait=20', on)
  expect(process.finishedAt).not.toBeNull()
  return process
}
const act = (behaviour: object) => start('behave', [behaviour])
const logs = async (id: string, query = '', headers = {}) =>
  (await stack.call('GET', `/v1/processes/${id}/logs${query}`, undefined, headers)).text()

test('it has a name, a pid and a host while it runs, and exit code 0 in the end', async () => {
  const answer = await stack.call(
    'POST',
    '/v1/processes',
    { function: 'greet', args: ['Alice'], name: 'Process-1', daemon: true, labels: { of: 'greeting' } },
    { prefer: 'wait=20' },
  )
  const process = (await answer.json()) as ProcessRecord
  expect([answer.status, answer.headers.get('location')]).toEqual([202, `/v1/processes/${process.id}`])
  expect(process).toMatchObject({ name: 'Process-1', function: 'greet', host: hostname(), daemon: true, labels: { of: 'greeting' } })
  expect(await ended(process)).toMatchObject({ state: 'succeeded', exitCode: 0, pid: process.pid, error: null, waitingFor: null })
  expect(await logs(process.id)).toBe(`Hello Alice from Process-1, process ${process.pid}\n`)
})

test.each([
  ['ok', { do: 'ok', value: 5 }, 0, 'succeeded', null],
  ['a result that cannot be sent', { do: 'bigint' }, 0, 'succeeded', null],
  ['exit(0)', { do: 'exit', code: 0 }, 0, 'succeeded', null],
  ['exit(3)', { do: 'exit', code: 3 }, 3, 'failed', 'worker-crashed'],
  ['a thrown error', { do: 'throw', message: 'no' }, 1, 'failed', 'function-error'],
  ['abort', { do: 'kill', signal: 'SIGABRT' }, -6, 'failed', 'worker-crashed'],
  ['its own SIGKILL', { do: 'kill', signal: 'SIGKILL' }, -9, 'failed', 'worker-crashed'],
  ['its own SIGTERM', { do: 'kill', signal: 'SIGTERM' }, -15, 'failed', 'worker-crashed'],
])('exit code: %s', async (_, behaviour, exitCode, state, code) => {
  const process = await ended(await act(behaviour))
  expect(process).toMatchObject({ exitCode, state })
  expect(process.error?.code ?? null).toBe(code)
})

test('logs are there live: as text, and as events that go on where they were cut', async () => {
  const process = await start('chatter', [10, 100])
  await eventually(async () => (await logs(process.id)).includes('out 1'), { timeoutMs: 5000 })
  expect((await look(process.id)).state).toBe('running')
  const [text, events] = await Promise.all([
    logs(process.id, '?follow=true&stream=stdout'),
    logs(process.id, '', { accept: 'text/event-stream' }),
  ])
  expect(text).toBe(Array.from({ length: 10 }, (_, i) => `out ${i}\n`).join(''))
  expect(events).toContain('event: stderr\ndata: {"text":"err 0\\n"}\n\n')
  expect(events.endsWith('event: end\ndata: {"state":"succeeded","exitCode":0}\n\n')).toBe(true)
  expect(events).toContain('id: 12\n')
  expect(await logs(process.id, '', { accept: 'text/event-stream', 'last-event-id': '12' })).not.toContain('err 0')
  expect((await logs(process.id, '?after=6')).startsWith('err 0\n')).toBe(true)
})

test('the last 256 KiB of them are kept, and it is said how much was dropped', async () => {
  const bytes = 1_000_000
  const { id } = await ended(await start('flood', [bytes]))
  const [first, ...rest] = (await logs(id)).split('\n')
  const dropped = Number(/^\[(\d+) bytes dropped\]$/.exec(first ?? '')?.[1])
  const kept = rest.join('\n')
  expect(kept.endsWith('xend\n') || kept.endsWith('x\nend\n')).toBe(true)
  expect(dropped + kept.length).toBe(bytes)
  expect(kept.length).toBeGreaterThanOrEqual(256 << 10)
  expect(kept.length).toBeLessThan(400 << 10)
})

const signal = (id: string, word: 'terminate' | 'kill') => stack.json<ProcessRecord>('POST', `/v1/processes/${id}/${word}`)
async function endsSoon(id: string, word: 'terminate' | 'kill'): Promise<ProcessRecord> {
  const from = performance.now()
  await signal(id, word)
  const process = await ended({ id })
  expect(performance.now() - from).toBeLessThan(1000)
  return process
}

test.each([
  ['terminate', -15, 'terminated'],
  ['kill', -9, 'killed'],
] as const)('%s ends a function that computes, within a second', async (word, exitCode, said) => {
  const { id } = await start('spin', [60_000])
  const process = await endsSoon(id, word)
  expect(process).toMatchObject({ state: 'cancelled', exitCode, error: { code: 'cancelled', message: `the process was ${said}` } })
  // harmless after the end
  expect(await signal(id, 'terminate')).toEqual(process)
  expect(await signal(id, 'kill')).toEqual(process)
})

test('a function may handle SIGTERM: then its exit code counts', async () => {
  const { id } = await start('stubborn', [4])
  await eventually(async () => (await logs(id)) === 'ready\n')
  expect(await endsSoon(id, 'terminate')).toMatchObject({ state: 'failed', exitCode: 4 })
})

test('a job cancel, and a deadline, end it too', async () => {
  const { id } = await start('stubborn', [4])
  await eventually(async () => (await logs(id)) === 'ready\n')
  await stack.json('POST', `/v1/jobs/${id}/cancel`)
  expect(await ended({ id })).toMatchObject({ state: 'cancelled', exitCode: -15 })
  await eventually(async () => (await stack.json('GET', `/v1/jobs/${id}`)).stoppedAt !== null, { timeoutMs: 1000 })
  const late = await ended(await start('spin', [60_000], { deadlineMs: 500 }))
  expect(late).toMatchObject({ state: 'failed', exitCode: -15, error: { code: 'deadline-exceeded' } })
})

test('processes run beside a full pool; beyond the limit they wait, and say so', async () => {
  const { id: full } = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'spin', args: [60_000] })
  const running = await Promise.all([1, 2, 3, 4].map(() => start('later', [60_000, 0])))
  expect(running.map(({ state }) => state)).toEqual(['running', 'running', 'running', 'running'])
  const [first, second] = [await start('square', [2]), await start('square', [3])]
  expect([first, second]).toMatchObject([
    { state: 'waiting', waitingFor: 'pool-full' },
    { state: 'waiting', waitingFor: 'pool-full' },
  ])
  expect(await signal(second?.id ?? '', 'terminate')).toMatchObject({ state: 'cancelled', exitCode: -15, startedAt: null, pid: null })
  const { processes } = await stack.json<{ processes: ProcessRecord[] }>('GET', '/v1/processes?state=waiting')
  expect(processes.map(({ id }) => id)).toEqual([first?.id])
  await signal(running[0]?.id ?? '', 'kill')
  expect(await ended({ id: first?.id ?? '' })).toMatchObject({ state: 'succeeded', exitCode: 0 })
  for (const { id } of running) await signal(id, 'kill')
  await stack.json('POST', `/v1/jobs/${full}/cancel`)
})

test("processes are listed apart from other jobs, and their pool is nobody else's", async () => {
  const { id } = await ended(await start('square', [2], { labels: { run: 'listed' } }))
  const ids = async (route: string) =>
    Object.values(await stack.json<Record<string, { id: string }[]>>('GET', route))[0]?.map((one) => one.id)
  expect(await ids('/v1/processes?label.run=listed')).toEqual([id])
  expect(await ids('/v1/jobs?label.run=listed')).toEqual([])
  expect(JSON.stringify(await stack.json('GET', '/v1/pools'))).not.toContain('~processes')
  expect((await stack.call('POST', '/v1/pools/~processes/apply', { function: 'square', args: [1] })).status).toBe(400)
  const { id: apply } = await stack.json<Job>('POST', '/v1/pools/default/apply', { function: 'square', args: [1] })
  expect((await stack.call('GET', `/v1/processes/${apply}`)).status).toBe(404)
  expect((await stack.call('POST', `/v1/processes/${apply}/kill`)).status).toBe(404)
  const failed = await ended(await act({ do: 'exit', code: 2 }))
  expect((await stack.call('POST', `/v1/jobs/${failed.id}/retry`)).status).toBe(400)
})

test('an Idempotency-Key keeps it one process', async () => {
  const post = () => stack.call('POST', '/v1/processes', { function: 'square', args: [2] }, { 'idempotency-key': 'once' })
  const [first, second] = [await post(), await post()]
  expect([first.headers.get('location'), second.headers.get('idempotency-replayed')]).toEqual([second.headers.get('location'), 'true'])
})

test('after a forget no key is left', async () => {
  const redis = connectRedis(server.url, 'store', () => undefined)
  const { id } = await start('chatter', [2, 200])
  expect((await stack.call('DELETE', `/v1/processes/${id}`)).status).toBe(409)
  await ended({ id })
  expect(await redis.exists(`${groupBase(stack.group)}:default:job:${id}:output`)).toBe(1)
  expect((await stack.call('DELETE', `/v1/processes/${id}`)).status).toBe(204)
  // its task leaves the queue a moment after it has settled
  await eventually(async () => (await redis.keys(`*${id.split('~')[1]}*`)).length === 0, { timeoutMs: 2000 })
  expect(await redis.zscore(`${groupBase(stack.group)}:default:processes`, id)).toBeNull()
  expect((await stack.call('GET', `/v1/processes/${id}/logs`)).status).toBe(404)
  await closeRedis(redis)
})

test('a process of a worker that is killed is lost, once, and nobody runs it again', { timeout: 60_000 }, async () => {
  const doomed = await startStack({ redisUrl: server.url, settings: { MANYHANDS_LEASE_MS: '1000', MANYHANDS_PROCESS_LIMIT: '1' } })
  try {
    const process = await start('spin', [60_000], {}, doomed)
    doomed.workers[0]?.kill('SIGKILL')
    await doomed.addWorker()
    const lost = await ended(process, doomed)
    expect(lost).toMatchObject({ state: 'lost', exitCode: null, pid: process.pid, worker: process.worker, error: { code: 'process-lost' } })
    expect(lost.error?.message).toContain(process.worker)
    expect(await (await doomed.call('GET', '/v1/processes?state=lost')).json()).toMatchObject({ processes: [{ id: process.id }] })
  } finally {
    await doomed.stop()
  }
})

test('a worker that stops in good order loses its processes at once; with no worker up a new one waits for one', {
  timeout: 60_000,
}, async () => {
  const leaving = await startStack({ redisUrl: server.url })
  try {
    const process = await start('spin', [60_000], {}, leaving)
    await leaving.workers[0]?.stop()
    expect(await look(process.id, '', leaving)).toMatchObject({ state: 'lost', exitCode: null, error: { code: 'process-lost' } })
    expect(await start('square', [2], {}, leaving)).toMatchObject({ state: 'waiting', waitingFor: 'no-worker', pid: null })
  } finally {
    await leaving.stop()
  }
})

test('a process goes on over a restart of Redis, and runs once', { timeout: 60_000 }, async () => {
  const lone = await startStack({ redisUrl: restarting.url, settings: { MANYHANDS_LEASE_MS: '500' } })
  try {
    const process = await start('chatter', [30, 100], {}, lone)
    await restarting.restart()
    const over = await eventually(
      async () => {
        const now = await look(process.id, '?wait=5', lone).catch(() => undefined)
        return now?.finishedAt ? now : false
      },
      { timeoutMs: 15_000 },
    )
    expect(over).toMatchObject({ state: 'succeeded', exitCode: 0, pid: process.pid })
    const lines = (await (await lone.call('GET', `/v1/processes/${process.id}/logs?stream=stdout`)).text()).split('\n')
    expect(lines.slice(-3)).toEqual(['out 28', 'out 29', ''])
  } finally {
    await lone.stop()
  }
})
