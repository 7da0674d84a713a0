import type { Benchmark } from '../benchmark.ts'
import type { Way } from '../compare.ts'
import { compare } from '../compare.ts'
import type { Sizes } from '../options.ts'
import { bullmq } from '../peers/bullmq.ts'
import { manyhands } from '../peers/manyhands.ts'
import { atLeast, ratio } from '../report.ts'
import type { Peer } from '../side.ts'

const unit = 'applies/s'
const callers = 200

/** Single calls, 200 of them under way at any time, each awaited to its result. */
export const applyThroughput: Benchmark = {
  name: 'apply-throughput',
  title: 'Single applies, 200 under way, each to its result',
  run: async (sizes) => {
    const ways = waysOf(sizes)
    const { rows, row, absent } = await compare(Object.values(ways), sizes.runs)
    const measured = ratio(row(ways.ours, unit), row(ways.queue, unit))
    return { rows, goals: [atLeast('single applies over 200 connections: >= 0.7 x BullMQ add + wait', measured, 0.7, ' x')], absent }
  },
}

function waysOf({ throughputSeconds }: Sizes) {
  const duration = throughputSeconds
  const way = (peer: Peer, what: string): Way => ({
    peer,
    what,
    run: async (side) => {
      const { perSecond } = await side.call<{ perSecond: number }>('throughput', { callers, duration }, duration * 1000 + 30_000)
      return { [unit]: perSecond }
    },
  })
  return {
    ours: way(manyhands, 'POST apply with Prefer: wait, 200 keep-alive connections'),
    queue: way(bullmq(), '200 callers: add to completed, QueueEvents'),
  }
}
