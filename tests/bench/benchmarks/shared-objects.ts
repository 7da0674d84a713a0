import type { Benchmark } from '../benchmark.ts'
import type { Way } from '../compare.ts'
import { compare } from '../compare.ts'
import type { Sizes } from '../options.ts'
import { manyhands } from '../peers/manyhands.ts'
import { pythonManager } from '../peers/python-manager.ts'
import { atLeast, below, middle, ratio } from '../report.ts'
import type { Peer, Side } from '../side.ts'
import { percentile } from '../statistics.ts'

const runMs = 120_000
const flight = 100
const perSecond = 'a second'

/** What shared objects do: outside over HTTP, inside functions straight on Redis, and Python's Manager beside them. */
export const sharedObjects: Benchmark = {
  name: 'shared-objects',
  title: 'Shared objects: calls over HTTP, inside a function, and of a Python Manager',
  run: async (sizes) => {
    const ways = waysOf(sizes)
    const { rows, row, absent } = await compare(Object.values(ways), sizes.runs)
    const rate = (way: Way) => middle(row(way, perSecond))
    const times = (ours: Way, theirs: Way) => ratio(row(ours, perSecond), row(theirs, perSecond))
    return {
      rows,
      goals: [
        atLeast(`counter add over HTTP, ${flight} in flight: >= 20,000 a second`, rate(ways.httpCounter), 20_000),
        atLeast('the same inside a function: >= 40,000 a second', rate(ways.insideCounter), 40_000),
        below('lock acquire + release inside a function, p50: <= 1 ms', middle(row(ways.insideLock, 'ms p50')), 1, ' ms'),
        below('the same over HTTP: <= 2 ms', middle(row(ways.httpLock, 'ms p50')), 2, ' ms'),
        atLeast('queue over HTTP, 1 producer and 1 consumer: >= 20,000 items a second', rate(ways.httpQueue), 20_000),
        atLeast('slices of 1 MB of an Array, in and out: >= 100 MB/s', middle(row(ways.httpArray, 'MB/s')), 100, ' MB/s'),
        atLeast("increments of a dict under a lock: >= 1 x Python's Manager", times(ways.insideLocked, ways.pythonLocked), 1, ' x'),
        atLeast("queue, put and get: >= 1 x Python's Manager", times(ways.httpQueue, ways.pythonQueue), 1, ' x'),
      ],
      absent,
    }
  },
}

function waysOf({ objectCalls }: Sizes) {
  const few = Math.ceil(objectCalls / 40)
  return {
    httpCounter: rateOf(manyhands, 'counter.add() over HTTP', 'counter', { adds: objectCalls, flight, inside: false }),
    insideCounter: rateOf(manyhands, 'counter.add() inside a function', 'counter', { adds: 2 * objectCalls, flight, inside: true }),
    httpLock: lockOf('lock.acquire() and release() over HTTP', false),
    insideLock: lockOf('the same inside a function', true),
    httpQueue: rateOf(manyhands, `queue.put() and get() over HTTP, ${flight} in flight each`, 'queue', { items: objectCalls, flight }),
    pythonQueue: rateOf(pythonManager, 'Queue put and get, two processes', 'queue', { items: Math.ceil(objectCalls / 4) }),
    httpArray: way(manyhands, 'array.setBytes() and bytes() of 1 MB over HTTP', async (side) => {
      const { megabytes } = await side.call<{ megabytes: number }>('array', { rounds: Math.ceil(objectCalls / 1000) }, runMs)
      return { 'MB/s': megabytes }
    }),
    insideLocked: rateOf(manyhands, 'dict get and set under a lock, inside a function', 'locked', { count: few, inside: true }),
    pythonLocked: rateOf(pythonManager, 'dict += 1 under a Lock', 'locked', { count: 4 * few }),
  }

  function rateOf(peer: Peer, what: string, method: string, params: Record<string, unknown>): Way {
    return way(peer, what, async (side) => ({ [perSecond]: (await side.call<{ perSecond: number }>(method, params, runMs)).perSecond }))
  }

  function lockOf(what: string, inside: boolean): Way {
    return way(manyhands, what, async (side) => {
      const { samples } = await side.call<{ samples: number[] }>('lock', { count: few, inside }, runMs)
      return { 'ms p50': percentile(samples, 0.5) }
    })
  }

  function way(peer: Peer, what: string, run: (side: Side) => Promise<Record<string, number>>): Way {
    return { peer, what, run }
  }
}
