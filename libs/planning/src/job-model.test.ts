import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { append, brokenRule, cancel, claim, emptyJob, endInput, feed, type JobModel, refeed, settle } from './job-model.ts'
import { countRuns, type Run, withoutRun } from './runs.ts'

/** A worker that holds a claim, maybe an old one. */
interface Holder {
  chunk: number
  attempt: number
  todo: readonly Run[]
}
interface World {
  job: JobModel
  holders: Holder[]
}
type Move = (world: World) => World

const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(list.length, 1)]

function claimMove(at: number): Move {
  return ({ job, holders }) => {
    const chunk = pick([...job.chunks.keys()], at)
    if (chunk === undefined) return { job, holders }
    const claimed = claim(job, chunk)
    const record = claimed.chunks.get(chunk)
    return { job: claimed, holders: record ? [...holders, { chunk, attempt: record.attempt, todo: record.todo }] : holders }
  }
}

/** Settles a first piece of what the holder was given; a repeated or stale settlement is a lost reply or a zombie. */
function settleMove(at: number, piece: number, again: boolean, fails: number): Move {
  return ({ job, holders }) => {
    const holder = pick(holders, at)
    const run = holder?.todo[0]
    if (!holder || !run) return { job, holders }
    const done: Run = [run[0], Math.min(run[1], run[0] + piece)]
    const settlement = again
      ? { chunk: holder.chunk, attempt: holder.attempt, done: [], failed: 0, again: [done] }
      : { chunk: holder.chunk, attempt: holder.attempt, done: [done], failed: Math.min(fails, done[1] - done[0]), again: [] }
    return {
      job: settle(job, settlement),
      holders: fails === 0 ? holders : holders.map((h) => (h === holder ? { ...h, todo: withoutRun(h.todo, done) } : h)),
    }
  }
}

const onJob =
  (change: (job: JobModel) => JobModel): Move =>
  (world) => ({ ...world, job: change(world.job) })
const small = fc.nat({ max: 7 })
const move: fc.Arbitrary<Move> = fc.oneof(
  small.map((n) => onJob((job) => append(job, n))),
  fc.integer({ min: 1, max: 5 }).map((n) => onJob((job) => feed(job, n))),
  small.map(claimMove),
  fc
    .tuple(small, fc.integer({ min: 1, max: 4 }), fc.boolean(), small)
    .map(([at, piece, again, fails]) => settleMove(at, piece, again, fails)),
  small.map((n) => onJob((job) => refeed(job, n))),
  fc.constant(onJob(endInput)),
)

describe('where an item is', () => {
  test('every index is in exactly one place after any moves, stale and repeated ones included', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let world: World = { job: emptyJob, holders: [] }
        for (const step of moves) {
          world = step(world)
          expect(brokenRule(world.job)).toBeUndefined()
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a job that ended never changes again', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 20 }), fc.array(move, { maxLength: 20 }), (before, after) => {
        const start = before.reduce((world, step) => step(world), { job: emptyJob, holders: [] } as World)
        const stopped = { ...start, job: cancel(start.job) }
        const end = after.reduce((world, step) => step(world), stopped)
        expect([end.job.state, end.job.parts]).toEqual([stopped.job.state, stopped.job.parts])
      }),
    )
  })

  test('a settlement counts only what it moved out of todo', () => {
    const fed = claim(feed(append(emptyJob, 4), 4), 0)
    const settlement = { chunk: 0, attempt: 1, done: [[0, 2] as Run], failed: 0, again: [] }
    const once = settle(fed, settlement)
    expect(countRuns(once.parts)).toBe(2)
    expect(settle(once, settlement)).toBe(once)
    expect(settle(claim(fed, 0), settlement).parts).toEqual([])
  })
})
