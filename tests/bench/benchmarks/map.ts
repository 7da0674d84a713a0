import type { Benchmark } from '../benchmark.ts'
import type { Way } from '../compare.ts'
import { compare } from '../compare.ts'
import type { Sizes } from '../options.ts'
import { bullmq } from '../peers/bullmq.ts'
import { celery } from '../peers/celery.ts'
import { manyhands } from '../peers/manyhands.ts'
import { piscina } from '../peers/piscina.ts'
import { pythonPool } from '../peers/python-pool.ts'
import { atLeast, ratio } from '../report.ts'
import type { Peer } from '../side.ts'

const unit = 'items/s'
const runMs = 120_000

/** A map of small integers, from the array in the caller's memory to the ordered array of parsed results. */
export const map: Benchmark = {
  name: 'map',
  title: 'Map of 1,000,000 small integers (x * x), ordered results back and parsed',
  run: async (sizes) => {
    const ways = waysOf(sizes)
    const { rows, row, absent } = await compare(Object.values(ways), sizes.runs)
    const ours = row(ways.ours, unit)
    return {
      rows,
      goals: [
        atLeast('map of small integers, rate: >= 1.0 x hand-cut BullMQ', ratio(ours, row(ways.cut, unit)), 1, ' x'),
        atLeast('the same: >= 40 x Celery chunks', ratio(ours, row(ways.celery, unit)), 40, ' x'),
      ],
      absent,
    }
  },
}

function waysOf({ mapItems, jobItems, celeryItems }: Sizes) {
  const n = mapItems
  const queue = bullmq()
  return {
    ours: way(manyhands, 'pool.map() through HTTP', 'map', { n }),
    cut: way(queue, 'cut by hand, 1,000 items a job', 'map', { n, size: 1000, batch: 100 }),
    single: way(queue, 'a job an item', 'items', { n: jobItems, batch: 100 }),
    celery: way(celery, 'chunks of 1,000', 'map', { n: celeryItems, size: 1000 }),
    piscina: way(piscina, 'chunks of 1,000; in one process, nothing stored', 'map', { n, size: 1000 }),
    pool: way(pythonPool, 'map, chunksize=1000; pipes, nothing stored', 'map', { n, size: 1000 }),
    poolOwn: way(pythonPool, 'map, its own chunk size; pipes, nothing stored', 'map', { n, size: null }),
  }

  function way(peer: Peer, what: string, method: string, params: { n: number; [more: string]: unknown }): Way {
    return {
      peer,
      what,
      ...(params.n === n ? {} : { note: `rate over ${params.n.toLocaleString('en-US')} items` }),
      run: async (side) => {
        const { seconds } = await side.call<{ seconds: number }>(method, params, runMs)
        return { [unit]: params.n / seconds }
      },
    }
  }
}
