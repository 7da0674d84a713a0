/** Manyhands from the caller's side, all of it through HTTP: maps by the SDK, applies by raw requests (and by the SDK, for comparison). */
import { connect } from '@manyhands/client'
import type * as functions from '../functions.ts'
import { addsPerSecond, lockedIncrements, lockPairs } from '../sharing.ts'
import { checkSquares, inFlight, numbers, oneByOne, seconds } from './measuring.ts'
import { post, RawConnection } from './raw-http.ts'
import { serve } from './serve.ts'

const url = new URL(process.env.MANYHANDS_URL as string)
const hands = connect<typeof functions>({ url: url.origin })
const pool = hands.pool()
const request = post(url, '/v1/pools/default/apply', '{"function":"square","args":[7]}', { prefer: 'wait=5' })
await serve({ map, burn, latency, sdkLatency, throughput, counter, lock, locked, queue, array })

async function map({ n }: { n: number }) {
  const input = numbers(n)
  let results: number[] = []
  const taken = await seconds(async () => {
    results = await pool.map('square', input)
  })
  checkSquares(results, n)
  return { seconds: taken }
}

async function burn({ n, ms }: { n: number; ms: number }) {
  const items = new Array<number>(n).fill(ms)
  const taken = await seconds(() => pool.map('burn', items))
  return { seconds: taken, usage: await lastUsage() }
}

async function lastUsage(): Promise<{ efficiency: number | null; itemMs: number; wallMs: number }> {
  const answer = await fetch(new URL('/v1/jobs?function=burn&limit=1', url))
  const { jobs } = (await answer.json()) as { jobs: { usage: { efficiency: number | null; itemMs: number; wallMs: number } }[] }
  const [job] = jobs
  if (!job) throw new Error('the job that just ran is not listed')
  return job.usage
}

async function latency({ count, warmUp }: { count: number; warmUp: number }) {
  const connection = await RawConnection.open(url)
  const samples = await oneByOne(count, warmUp, () => apply(connection))
  connection.close()
  return { samples }
}

async function sdkLatency({ count, warmUp }: { count: number; warmUp: number }) {
  return { samples: await oneByOne(count, warmUp, () => pool.apply('square', [7])) }
}

async function throughput({ callers, duration }: { callers: number; duration: number }) {
  const connections = await Promise.all(Array.from({ length: callers }, () => RawConnection.open(url)))
  const perSecond = await inFlight(callers, duration, (caller) => apply(connections[caller] as RawConnection))
  for (const connection of connections) connection.close()
  return { perSecond }
}

/** Submit to result in one exchange; an answer that is not the result is an error, not a slow success. */
async function apply(connection: RawConnection): Promise<void> {
  const { status, body } = await connection.exchange(request)
  if (status !== 200 || !body.includes('"value":49')) throw new Error(`${status} ${body}`)
}

/** `inside`: by a function, straight on Redis; else over HTTP. */
interface Where {
  inside: boolean
}

async function counter({ adds, flight, inside }: Where & { adds: number; flight: number }) {
  const object = hands.counter()
  const perSecond = inside ? await hands.apply('addsPerSecond', [object, adds, flight]) : await addsPerSecond(object, adds, flight)
  const sum = await object.get()
  if (sum !== adds) throw new Error(`${adds} adds made ${sum}`)
  return { perSecond }
}

async function lock({ count, inside }: Where & { count: number }) {
  const object = hands.lock()
  return { samples: inside ? await hands.apply('lockPairs', [object, count]) : await lockPairs(object, count) }
}

async function locked({ count, inside }: Where & { count: number }) {
  const [guard, dict] = [hands.lock(), hands.dict<{ n: number }>({ n: 0 })]
  const perSecond = inside ? await hands.apply('lockedIncrements', [guard, dict, count]) : await lockedIncrements(guard, dict, count)
  return { perSecond }
}

/** One producer and one consumer, each with so many calls in flight. */
async function queue({ items, flight }: { items: number; flight: number }) {
  const object = hands.queue<number>()
  await object.make()
  let [put, got] = [0, 0]
  const producer = async () => {
    while (put < items) await object.put(put++)
  }
  const seen = new Set<number>()
  const consumer = async () => {
    while (got++ < items) seen.add(await object.get())
  }
  const loops = (loop: () => Promise<void>) => Array.from({ length: flight }, loop)
  const taken = await seconds(() => Promise.all([...loops(producer), ...loops(consumer)]))
  if (seen.size !== items) throw new Error(`${seen.size} of ${items} items came`)
  return { perSecond: items / taken }
}

/** Megabytes a second of slices of 1 MB, in and out. */
async function array({ rounds }: { rounds: number }) {
  const size = 1 << 20
  const object = hands.array('B', size)
  await object.make()
  const bytes = new Uint8Array(size).fill(7)
  const taken = await seconds(async () => {
    for (let i = 0; i < rounds; i++) {
      await object.setBytes(bytes)
      await object.bytes()
    }
  })
  return { megabytes: (2 * rounds * size) / 1e6 / taken }
}
