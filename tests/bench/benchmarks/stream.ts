import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Benchmark } from '../benchmark.ts'
import { whyAbsent } from '../compare.ts'
import { peakResident } from '../memory.ts'
import type { Fleet } from '../peers/manyhands.ts'
import { startFleet } from '../peers/manyhands.ts'
import { output } from '../processes.ts'
import type { Row } from '../report.ts'
import { below, middle } from '../report.ts'
import { drop, scratchFolder } from '../scratch.ts'

const mib = 2 ** 20
const who = 'Manyhands'
const runMs = 600_000
const peaks = {
  api: 'API, resident, highest',
  supervisor: 'worker supervisor, resident, highest',
  redis: 'Redis, used_memory_peak',
} as const
/** 64 MiB of unread input and results, 8 MiB to resume from (engine.md: Results), and half as much again for overheads and buffers. */
const redisLimit = 108

/** One curl sends while another reads. Every line that comes out is checked, by a hash over all of them. */
export const stream: Benchmark = {
  name: 'stream',
  title: '10,000,000 items streamed in and out by curl at once, results=once, order=input',
  run: async ({ streamItems }) => {
    const rows: Row[] = []
    const absent: string[] = []
    await measure(streamItems, rows).catch((error) => absent.push(whyAbsent(who, error)))
    const peak = (what: string) => middle(rows.find((row) => row.what === what))
    return {
      rows,
      goals: [
        below('10,000,000 items streamed: API resident < 256 MiB', peak(peaks.api), 256, ' MiB'),
        below('the same: worker supervisor < 200 MiB', peak(peaks.supervisor), 200, ' MiB'),
        below(`the same: Redis bounded by the buffer limits (< ${redisLimit} MiB)`, peak(peaks.redis), redisLimit, ' MiB'),
      ],
      absent,
    }
  },
}

async function measure(n: number, rows: Row[]): Promise<void> {
  const fleet = await startFleet()
  const dir = await scratchFolder()
  try {
    const start = performance.now()
    const hash = await throughCurl(fleet, n, join(dir, 'headers'))
    const seconds = (performance.now() - start) / 1000
    rows.push({ who, what: 'sent, run and read', unit: 'items/s', values: [n / seconds], note: `${n.toLocaleString('en-US')} items` })
    rows.push(...(await peakRows(fleet)))
    if (hash !== expectedHash(n)) throw new Error('the lines that came out are not the squares in order')
  } finally {
    await fleet.stop()
    drop(dir)
  }
}

/** The hash of all result lines. */
async function throughCurl({ url }: Fleet, n: number, headers: string): Promise<string> {
  const target = `${url}/v1/pools/default/map?function=square&results=once`
  const sending = shell('seq 0 "$1" | curl -sS -f -X POST -T - -H "content-type: application/x-ndjson" -D "$2" "$3"', [
    String(n - 1),
    headers,
    target,
  ])
  const reading = location(headers).then((path) => shell('curl -sS -f -N "$1" | sha256sum', [`${url}${path}/results?order=input`]))
  const [, hash] = await Promise.all([sending, reading])
  return hash.slice(0, 64)
}

function shell(script: string, args: string[]): Promise<string> {
  return output(
    {
      name: script.includes('seq') ? 'the sending curl' : 'the reading curl',
      command: 'bash',
      args: ['-o', 'pipefail', '-c', script, 'bench', ...args],
    },
    runMs,
  )
}

/** The job's path: it comes with the headers, long before the upload ends. */
async function location(headers: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await readFile(headers, 'latin1').catch(() => '')
    const path = /^location: *(\S+)/im.exec(text)?.[1]
    if (path) return path
    await delay(50)
  }
  throw new Error('no Location came within 10 s of the upload')
}

async function peakRows({ api, worker, redis }: Fleet): Promise<Row[]> {
  const { peak } = await redis.memory()
  const row = (what: string, bytes: number): Row => ({ who, what, unit: 'MiB', values: [bytes / mib] })
  return [row(peaks.api, peakResident(api.pid)), row(peaks.supervisor, peakResident(worker.pid)), row(peaks.redis, peak)]
}

function expectedHash(n: number): string {
  const hash = createHash('sha256')
  for (let from = 0; from < n; from += 10_000) {
    let text = ''
    for (let i = from; i < Math.min(n, from + 10_000); i++) text += `{"index":${i},"value":${i * i}}\n`
    hash.update(text)
  }
  return hash.digest('hex')
}
