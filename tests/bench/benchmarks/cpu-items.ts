import type { Benchmark } from '../benchmark.ts'
import type { Way } from '../compare.ts'
import { compare } from '../compare.ts'
import type { Sizes } from '../options.ts'
import { bullmq } from '../peers/bullmq.ts'
import { manyhands } from '../peers/manyhands.ts'
import { piscina } from '../peers/piscina.ts'
import { pythonPool } from '../peers/python-pool.ts'
import { atLeast, middle } from '../report.ts'
import type { Peer, Side } from '../side.ts'

const ms = 5
const processes = 2
const whole = 'work / (wall x 2)'
const reported = 'usage.efficiency'

interface Timed {
  seconds: number
  usage?: { efficiency: number | null }
}

/** A map whose items compute: how much of two processes' time goes into the function. Wall time is the caller's, submit to results. */
export const cpuItems: Benchmark = {
  name: 'cpu-items',
  title: 'Map of 400 items of 5 ms CPU each, 2 processes: efficiency',
  run: async (sizes) => {
    const ways = waysOf(sizes)
    const { rows, row, absent } = await compare(Object.values(ways), sizes.runs)
    return {
      rows,
      goals: [
        atLeast("5 ms CPU items, items x 5 ms / (caller's wall x 2): >= 0.95", middle(row(ways.ours, whole)), 0.95),
        atLeast("the same, as the job's usage tells it: >= 0.95", middle(row(ways.ours, reported)), 0.95),
      ],
      absent,
    }
  },
}

function waysOf({ burnItems }: Sizes) {
  const way = (peer: Peer, what: string, size: number): Way => ({ peer, what, run: (side) => efficiency(side, burnItems, size) })
  return {
    ours: way(manyhands, 'pool.map() through HTTP', 0),
    queue: way(bullmq({ concurrency: 1 }), 'cut by hand, 5 items a job, concurrency 1', 5),
    piscina: way(piscina, 'chunks of 5', 5),
    pool: way(pythonPool, 'map, chunksize=5', 5),
  }
}

async function efficiency(side: Side, n: number, size: number): Promise<Record<string, number>> {
  const { seconds, usage } = await side.call<Timed>('burn', { n, ms, size }, 60_000)
  const numbers: Record<string, number> = { [whole]: (n * ms) / (seconds * 1000 * processes) }
  if (usage) numbers[reported] = usage.efficiency ?? Number.NaN
  return numbers
}
