import { setTimeout as delay } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { whyAbsent } from '../compare.ts'
import { bullmq } from '../peers/bullmq.ts'
import type { Fleet } from '../peers/manyhands.ts'
import { startFleet } from '../peers/manyhands.ts'
import type { RedisServer } from '../redis-server.ts'
import type { Row } from '../report.ts'
import { below, middle } from '../report.ts'

const unit = 'bytes an item'
/** 20 bytes as JSON text, all different. */
const item = (index: number) => `x${String(index).padStart(17, '0')}`
/** As many as one JSON body holds. */
const itemsOfAMap = 45_000

/** What an item that waits costs in Redis: no worker is up. */
export const waiting: Benchmark = {
  name: 'waiting',
  title: 'Memory of a waiting 20-byte item in Redis',
  run: async ({ waitingItems, waitingJobs }) => {
    const absent: string[] = []
    const rows: Row[] = []
    await ours(waitingItems, rows).catch((error) => absent.push(whyAbsent('Manyhands', error)))
    await theirs(waitingJobs, rows).catch((error) => absent.push(whyAbsent('BullMQ', error)))
    return { rows, goals: [below('a waiting 20-byte item: < 60 bytes', middle(rows.find((row) => row.who === 'Manyhands')), 60)], absent }
  },
}

/** The worker has made the function known; then it goes, and maps wait. */
async function ours(n: number, rows: Row[]): Promise<void> {
  const fleet = await startFleet()
  try {
    await fleet.worker.stop()
    const add = async () => {
      for (let from = 0; from < n; from += itemsOfAMap) await submit(fleet, from, Math.min(from + itemsOfAMap, n))
    }
    rows.push({
      who: 'Manyhands',
      what: `maps of ${itemsOfAMap.toLocaleString('en-US')} items`,
      unit,
      values: [await growth(fleet.redis, n, add)],
    })
  } finally {
    await fleet.stop()
  }
}

async function theirs(n: number, rows: Row[]): Promise<void> {
  const side = await bullmq({ workers: 0 }).start()
  try {
    if (!side.redis) throw new Error('it has no Redis')
    const add = async () => {
      await side.call('waiting', { n, data: item(0) }, 60_000)
    }
    rows.push({ who: 'BullMQ', what: 'a job an item', unit, values: [await growth(side.redis, n, add)] })
  } finally {
    await side.stop()
  }
}

/** Bytes of `used_memory` per item that stay when the clients' buffers have calmed down. */
async function growth(redis: RedisServer, n: number, add: () => Promise<void>): Promise<number> {
  const before = await redis.memory()
  await add()
  await redis.quiet()
  await delay(2_000)
  const after = await redis.memory()
  return (after.used - before.used) / n
}

async function submit({ url }: Fleet, from: number, to: number): Promise<void> {
  const items = Array.from({ length: to - from }, (_, i) => item(from + i))
  const answer = await fetch(`${url}/v1/pools/default/map`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ function: 'square', items }),
    signal: AbortSignal.timeout(15_000),
  })
  const text = await answer.text()
  if (answer.status !== 202) throw new Error(`a map of ${items.length} items was answered ${answer.status}: ${text.slice(0, 500)}`)
}
