import { setTimeout as delay } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { whyAbsent } from '../compare.ts'
import { bullmq } from '../peers/bullmq.ts'
import type { Fleet } from '../peers/manyhands.ts'
import { startFleet } from '../peers/manyhands.ts'
import type { RedisServer } from '../redis-server.ts'
import type { Row } from '../report.ts'
import { below, middle } from '../report.ts'

const unit = 'commands/s'
const pools = 50
const settleMs = 5_000

/** What an idle system asks of Redis. Ours: one worker and one API; all of it is put on the worker. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'Redis commands of an idle system, those inside scripts included',
  run: async ({ idleSeconds }) => {
    const absent: string[] = []
    const rows: Row[] = []
    await ours(idleSeconds, rows).catch((error) => absent.push(whyAbsent('Manyhands', error)))
    await theirs(idleSeconds, rows).catch((error) => absent.push(whyAbsent('BullMQ', error)))
    const of = (what: string) => middle(rows.find((row) => row.what === what))
    return {
      rows,
      goals: [
        below('idle, Redis commands/s a worker: < 5', of('one worker and the API'), 5),
        below(`the same with ${pools} pools`, of(`the same, ${pools} pools that have run something`), 5),
      ],
      absent,
    }
  },
}

async function ours(seconds: number, rows: Row[]): Promise<void> {
  const fleet = await startFleet()
  try {
    rows.push(await measured(fleet.redis, 'Manyhands', 'one worker and the API', seconds))
    for (let i = 0; i < pools; i++) await usePool(fleet, `pool-${i}`)
    rows.push(await measured(fleet.redis, 'Manyhands', `the same, ${pools} pools that have run something`, seconds))
  } finally {
    await fleet.stop()
  }
}

async function theirs(seconds: number, rows: Row[]): Promise<void> {
  const side = await bullmq().start()
  try {
    if (side.redis) rows.push(await measured(side.redis, 'BullMQ', 'two workers, a Queue and QueueEvents', seconds))
  } finally {
    await side.stop()
  }
}

async function measured(redis: RedisServer, who: string, what: string, seconds: number): Promise<Row> {
  await delay(settleMs)
  const before = await redis.commands()
  const start = performance.now()
  await delay(seconds * 1000)
  const commands = (await redis.commands()) - before
  return { who, what, unit, values: [(commands * 1000) / (performance.now() - start)], note: `over ${seconds} s` }
}

async function usePool({ url }: Fleet, name: string): Promise<void> {
  await send(`${url}/v1/pools`, { name, processes: 2 }, [201])
  await send(`${url}/v1/pools/${name}/apply`, { function: 'square', args: [7] }, [200], { prefer: 'wait=10' })
}

async function send(url: string, body: object, expected: number[], headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  })
  const text = await answer.text()
  if (!expected.includes(answer.status)) throw new Error(`${url} answered ${answer.status}: ${text}`)
}
