import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brief, Collector, sliceOf } from '../fixtures/pool.ts'
import type { Death } from './death.ts'
import { SliceProgress, type Stretch } from './slice-progress.ts'

const killed: Death = { code: null, signal: 'SIGKILL', killedFor: undefined, told: undefined, heapFull: false }
const place = { index: 0, at: { worker: 'w', host: 'h', build: 'b', attempt: 1 }, memoryBytes: 1 }

interface Life {
  slice: SliceProgress
  killers: Set<number>
  /** How often each item has started. */
  starts: number[]
  tellEvery: () => number
}

/** A child that computes nothing: its items are good, or kill it. It tells what is finished after so many items, or before each when careful. */
function live(life: Life): void {
  for (const stretch of life.slice.stretches()) {
    if (survives(life, stretch)) continue
    life.slice.blame(killed, stretch)
    return
  }
}

function survives({ slice, killers, starts, tellEvery }: Life, { from, to, careful }: Stretch): boolean {
  let finished = 0
  for (let position = from; position < to; position++) {
    if (careful || finished >= tellEvery()) finished = tell(slice, finished)
    starts[position] = (starts[position] ?? 0) + 1
    if (killers.has(position)) return false
    finished++
  }
  tell(slice, finished)
  return true
}

function tell(slice: SliceProgress, count: number): number {
  const lines = Array.from({ length: count }, (_, i) => `${slice.next + i}\n`).join('')
  if (count > 0) slice.settle({ type: 'done', run: 0, count, failed: [], itemUs: 0, cpuUs: 0, end: false }, Buffer.from(lines), [])
  return 0
}

test('only killers are blamed, after three starts; all others are told once, and start twice for each killer at most', () => {
  const killers = fc.uniqueArray(fc.nat(29), { maxLength: 5 })
  const tells = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1 })
  const property = fc.property(fc.integer({ min: 1, max: 30 }), killers, tells, (total, list, tellEvery) => {
    const collector = new Collector(1)
    const slice = new SliceProgress(
      sliceOf(
        'f',
        Array.from({ length: total }, (_, i) => i),
      ),
      place,
      collector.take,
    )
    const culprits = new Set(list.filter((position) => position < total))
    const starts: number[] = []
    let turn = 0
    for (let lives = 0; !slice.isOver; lives++) {
      expect(lives).toBeLessThanOrEqual(culprits.size * 3)
      live({ slice, killers: culprits, starts, tellEvery: () => tellEvery[turn++ % tellEvery.length] ?? 1 })
    }
    expect(brief(collector.list())).toEqual(Array.from({ length: total }, (_, i) => (culprits.has(i) ? 'worker-crashed' : i)))
    for (const [position, count] of starts.entries()) {
      if (culprits.has(position)) expect(count).toBe(3)
      else expect(count).toBeLessThanOrEqual(2)
    }
  })
  fc.assert(property)
})

test('gives each stretch its own lines', () => {
  const collector = new Collector(1)
  const slice = new SliceProgress(sliceOf('f', ['a', 'b', 'c', 'd']), place, collector.take)
  tell(slice, 1)
  const [all] = slice.stretches()
  expect([all?.careful, all?.input.toString()]).toEqual([false, '"b"\n"c"\n"d"\n'])
  if (all) slice.blame(killed, all)
  expect(slice.stretches().map(({ careful, input }) => [careful, input.toString()])).toEqual([[true, '"b"\n"c"\n"d"\n']])
  const [suspects] = slice.stretches()
  if (suspects) slice.blame(killed, suspects)
  expect(slice.stretches().map(({ careful, input }) => [careful, input.toString()])).toEqual([
    [true, '"b"\n'],
    [false, '"c"\n"d"\n'],
  ])
})
