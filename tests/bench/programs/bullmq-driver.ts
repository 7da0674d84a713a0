/** BullMQ from the caller's side. Completions come by QueueEvents, waited for by our own job ids: cheaper than waitUntilFinished. */
import { Queue, QueueEvents } from 'bullmq'
import { connection } from './bullmq-settings.ts'
import { checkSquares, inFlight, numbers, oneByOne, seconds } from './measuring.ts'
import { serve } from './serve.ts'

const queue = new Queue('bench', { connection, streams: { events: { maxLen: 10_000_000 } } })
const events = new QueueEvents('bench', { connection })
const waiters = new Map<string, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
let lastId = 0

events.on('completed', ({ jobId, returnvalue }) => take(jobId)?.resolve(returnvalue))
events.on('failed', ({ jobId, failedReason }) => take(jobId)?.reject(new Error(failedReason)))
events.on('error', (error) => process.stderr.write(`${error.message}\n`))
queue.on('error', (error) => process.stderr.write(`${error.message}\n`))
await ready()
await serve({ map, items, latency, waitUntilFinished, throughput, burn, waiting })

/** The events stream must keep everything: at its default length a burst loses events, and a caller waits for ever. */
async function ready(): Promise<void> {
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()])
  const { maxLenEvents } = await queue.getMeta()
  if (maxLenEvents !== 10_000_000) throw new Error(`the events stream keeps ${maxLenEvents} only`)
}

/** A map cut by hand: `size` items a job, `batch` jobs an addBulk. */
async function map({ n, size, batch }: { n: number; size: number; batch: number }) {
  const input = numbers(n)
  let results: number[] = []
  const taken = await seconds(async () => {
    results = ((await bulk('chunk', chunks(input, size), batch)) as number[][]).flat()
  })
  checkSquares(results, n)
  return { seconds: taken }
}

/** A map as a job an item. */
async function items({ n, batch }: { n: number; batch: number }) {
  const input = numbers(n)
  let results: number[] = []
  const taken = await seconds(async () => {
    results = (await bulk('item', input, batch)) as number[]
  })
  checkSquares(results, n)
  return { seconds: taken }
}

async function burn({ n, ms, size }: { n: number; ms: number; size: number }) {
  return { seconds: await seconds(() => bulk('burns', chunks(new Array(n).fill(ms), size), 100)) }
}

async function latency({ count, warmUp }: { count: number; warmUp: number }) {
  return { samples: await oneByOne(count, warmUp, () => apply(7)) }
}

/** The documented way. A few completed jobs are kept, else it rejects for those that are gone before it looks. */
async function waitUntilFinished({ count, warmUp }: { count: number; warmUp: number }) {
  const call = async () => {
    const job = await queue.add('item', 7, { removeOnComplete: { count: 1000 } })
    await job.waitUntilFinished(events, 10_000)
  }
  return { samples: await oneByOne(count, warmUp, call) }
}

async function throughput({ callers, duration }: { callers: number; duration: number }) {
  return { perSecond: await inFlight(callers, duration, () => apply(7)) }
}

/** Leaves `n` jobs waiting, for the memory they take; the events they left behind are not counted against them. */
async function waiting({ n, data }: { n: number; data: unknown }) {
  for (let from = 0; from < n; from += 1000) {
    await queue.addBulk(Array.from({ length: Math.min(1000, n - from) }, () => ({ name: 'item', data })))
  }
  await queue.trimEvents(0)
}

async function apply(x: number): Promise<void> {
  const jobId = nextId()
  const result = completion(jobId)
  await Promise.all([queue.add('item', x, { jobId }), result])
  if ((await result) !== x * x) throw new Error(`job ${jobId} answered ${await result}`)
}

async function bulk(name: string, data: unknown[], batch: number): Promise<unknown[]> {
  const results: Promise<unknown>[] = []
  const adding: Promise<unknown>[] = []
  for (const group of chunks(data, batch)) {
    const jobs = group.map((data) => ({ name, data, opts: { jobId: nextId() } }))
    for (const job of jobs) results.push(completion(job.opts.jobId))
    adding.push(queue.addBulk(jobs))
  }
  await Promise.all(adding)
  return Promise.all(results)
}

function completion(jobId: string): Promise<unknown> {
  return new Promise((resolve, reject) => waiters.set(jobId, { resolve, reject }))
}

function take(jobId: string) {
  const waiter = waiters.get(jobId)
  waiters.delete(jobId)
  return waiter
}

function nextId(): string {
  lastId++
  return `j${lastId}`
}

function chunks<T>(list: T[], size: number): T[][] {
  const cut: T[][] = []
  for (let from = 0; from < list.length; from += size) cut.push(list.slice(from, from + size))
  return cut
}
