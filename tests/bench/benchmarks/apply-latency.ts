import type { Benchmark } from '../benchmark.ts'
import type { Way } from '../compare.ts'
import { compare } from '../compare.ts'
import type { Sizes } from '../options.ts'
import { bullmq } from '../peers/bullmq.ts'
import { celery } from '../peers/celery.ts'
import { manyhands } from '../peers/manyhands.ts'
import { piscina } from '../peers/piscina.ts'
import { pythonPool } from '../peers/python-pool.ts'
import type { Row } from '../report.ts'
import { below, middle, ratio } from '../report.ts'
import type { Peer } from '../side.ts'
import { percentile } from '../statistics.ts'

const runMs = 60_000

/** One call at a time on an idle system, submit to result. */
export const applyLatency: Benchmark = {
  name: 'apply-latency',
  title: 'One apply after another, submit to result, idle system',
  run: async (sizes) => {
    const ways = waysOf(sizes)
    const { rows, row, absent } = await compare(Object.values(ways), sizes.runs)
    const p50 = (way: Way) => row(way, 'ms p50')
    const theirs = faster(p50(ways.queue), p50(ways.waitUntilFinished))
    return {
      rows,
      goals: [
        below('one apply, p50: <= 1.25 x BullMQ add to completed (the faster of its two ways)', ratio(p50(ways.ours), theirs), 1.25, ' x'),
        below('the same: below Celery', ratio(p50(ways.ours), p50(ways.celery)), 1, ' x'),
      ],
      absent,
    }
  },
}

function faster(a: Row | undefined, b: Row | undefined): Row | undefined {
  const [first, second] = [middle(a), middle(b)]
  return first !== undefined && second !== undefined && second < first ? b : a
}

function waysOf(sizes: Sizes) {
  const queue = bullmq()
  return {
    ours: way(manyhands, 'POST apply with Prefer: wait, one exchange', 'latency'),
    queue: way(queue, 'add to completed, QueueEvents', 'latency'),
    waitUntilFinished: way(queue, 'add, waitUntilFinished()', 'waitUntilFinished'),
    celery: way(celery, 'delay().get()', 'latency'),
    sdk: way(manyhands, 'pool.apply() of the SDK', 'sdkLatency'),
    piscina: way(piscina, 'run(); in one process, nothing stored', 'latency'),
    pool: way(pythonPool, 'apply(); pipes, nothing stored', 'latency'),
  }

  function way(peer: Peer, what: string, method: string): Way {
    return {
      peer,
      what,
      run: async (side) => {
        const params = { count: sizes.latencyCalls, warmUp: sizes.latencyWarmUp }
        const { samples } = await side.call<{ samples: number[] }>(method, params, runMs)
        return { 'ms p50': percentile(samples, 0.5), 'ms p99': percentile(samples, 0.99) }
      },
    }
  }
}
