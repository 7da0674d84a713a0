import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Job, Session } from '@manyhands/contracts'
import { eventually, testRedis } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { startStack, type TestStack } from '../stack.ts'
import { asMutant, type Mutant } from './mutants.ts'
import { bySize, patience } from './size.ts'

/** reliability-rules.md, promise 27: streams of events resume without a gap, and slow readers cost little. */
const redis = testRedis()
const size = bySize({ cuts: 100, events: 250, readers: 1000 }, { cuts: 100, events: 2000, readers: 1000 })

async function start(settings: Record<string, string> = {}, mutant?: Mutant): Promise<TestStack> {
  const stack = await startStack({ redisUrl: redis.url, settings: { ...settings, ...asMutant(mutant) } })
  onTestFinished(() => stack.stop())
  return stack
}

interface Sent {
  id: string
  type: string
  data: string
}

/** Events of one connection, which is cut behind `most` of them that have an id. */
async function some(url: string, last: string | undefined, most: number): Promise<Sent[]> {
  const cut = new AbortController()
  const response = await fetch(url, { headers: last === undefined ? {} : { 'last-event-id': last }, signal: cut.signal })
  const seen: Sent[] = []
  let rest = ''
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    seen.push(...blocks.flatMap(eventOf))
    if (seen.length >= most) break
  }
  cut.abort()
  return seen.slice(0, most)
}

function eventOf(block: string): Sent[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  const [id, type, data] = [field('id'), field('event'), field('data')]
  return type === undefined || data === undefined ? [] : [{ id: id ?? '', type, data }]
}

/** Everything with an id, over so many cuts; and how many there were. */
async function overCuts(url: string, isLast: (event: Sent) => boolean) {
  const seen: Sent[] = []
  let [last, cuts] = [undefined as string | undefined, 0]
  for (;;) {
    const events = (await some(url, last, cuts < size.cuts ? 2 : Number.POSITIVE_INFINITY)).filter(
      ({ id, type }) => id !== '' || type === 'session.ended',
    )
    seen.push(...events)
    last = events.findLast(({ id }) => id !== '')?.id ?? last
    if (events.some(isLast)) return { seen, cuts }
    cuts++
  }
}

/** Indexes of failures as they were told over cuts, in order, and the ends that were told. */
async function toldOfJob(mutant?: Mutant) {
  const stack = await start({}, mutant)
  const items = Array.from({ length: size.events }, (_, i) => ({ do: 'throw', message: `no ${i}` }))
  const job = await stack.json<Job>('POST', '/v1/pools/default/map', { function: 'behave', items, chunkSize: 1 })
  const { seen, cuts } = await overCuts(`${stack.url}/v1/jobs/${job.id}/events`, ({ type }) => type === 'job.failed')
  const failed = seen.filter(({ type }) => type === 'item.failed').map(({ data }) => (JSON.parse(data) as { index: number }).index)
  const ends = seen.filter(({ type }) => type.startsWith('job.')).map(({ type }) => type)
  return { failed: failed.toSorted((a, b) => a - b), ends, cuts }
}
const allIndexes = Array.from({ length: size.events }, (_, i) => i)

test('promise 27: the events of a job over 100 cuts', { timeout: patience }, async () => {
  const { failed, ends, cuts } = await toldOfJob()
  expect(cuts).toBeGreaterThanOrEqual(size.cuts)
  expect(failed).toEqual(allIndexes)
  expect(ends).toEqual(['job.failed'])
})

test('the mutant of 27: who comes back begins anew', { timeout: patience }, async () => {
  const { failed } = await toldOfJob({ file: 'apps/api/src/routes/jobs/events.ts', from: '? Number(last) : 0', to: '? 0 : 0' })
  expect(failed.length).toBeGreaterThan(size.events)
})

test('promise 27: the events of a session over 100 cuts', { timeout: patience }, async () => {
  const stack = await start()
  const { id } = await stack.json<Session>('POST', '/v1/sessions', { leaseMs: 600_000 })
  const calls = Array.from({ length: size.events }, (_, i) => ({ function: 'square', args: [i], session: id }))
  const { jobs } = await stack.json<{ jobs: Job[] }>('POST', '/v1/pools/default/apply', { calls })
  const ended = () =>
    stack.json<{ jobs: Job[] }>('GET', '/v1/jobs?state=succeeded&limit=1000').then(({ jobs }) => jobs.length >= Math.min(1000, size.events))
  const reading = overCuts(`${stack.url}/v1/sessions/${id}/events`, ({ type }) => type === 'session.ended')
  await eventually(ended, { timeoutMs: 60_000 })
  await stack.ended(jobs.at(-1)?.id ?? '')
  await stack.call('DELETE', `/v1/sessions/${id}`)
  const { seen, cuts } = await reading
  expect(cuts).toBeGreaterThanOrEqual(size.cuts)
  const told = seen.filter(({ type }) => type === 'job.ended').map(({ data }) => (JSON.parse(data) as { job: string }).job)
  expect(told.toSorted()).toEqual(jobs.map((job) => job.id).toSorted())
})

const rssMiB = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** Asks for the events of a job, and reads nothing but the first bytes. */
function slowReader(stack: TestStack, job: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = connect(Number(new URL(stack.url).port), '127.0.0.1')
  socket.on('error', reject)
  socket.once('readable', () => resolve(socket))
  socket.write(`GET /v1/jobs/${job}/events HTTP/1.1\r\nhost: x\r\n\r\n`)
  onTestFinished(() => void socket.destroy())
  return promise
}

/** A job of failures of 1 kB each, that begins in a while. */
const failing = (stack: TestStack) =>
  stack.json<Job>('POST', '/v1/pools/default/map', {
    function: 'behave',
    items: Array.from({ length: 300 }, (_, i) => ({ do: 'throw', message: `${i} ${'x'.repeat(1000)}` })),
    chunkSize: 1,
    delayMs: 4000,
  })

const readers = (stack: TestStack, job: Job, count: number) => Promise.all(Array.from({ length: count }, () => slowReader(stack, job.id)))

test('promise 27: 1,000 readers that do not read cost less than 50 MiB', { timeout: patience }, async () => {
  // V8's young generation grows with the memory of the machine, to 128 MiB here: it is no cost of a reader
  const stack = await start({ NODE_OPTIONS: '--max-semi-space-size=8' })
  const first = await failing(stack)
  for (const reader of await readers(stack, first, 50)) reader.resume()
  await stack.ended(first.id, 60)
  const before = rssMiB(stack.api.pid)
  const job = await failing(stack)
  for (const reader of await readers(stack, job, size.readers)) reader.pause()
  await stack.ended(job.id, 60)
  let most = 0
  for (let i = 0; i < 20; i++) {
    // the service answers meanwhile
    await stack.json('GET', `/v1/jobs/${job.id}`)
    most = Math.max(most, rssMiB(stack.api.pid))
  }
  expect(most - before).toBeLessThan(50)
})
