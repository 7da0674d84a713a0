import { eventually, isAlive } from '@manyhands/testing'
import { expect, test } from 'vitest'
import { brief, Collector, sliceOf, startPool } from './fixtures/pool.ts'
import type { Crew, ProcessPool } from './work.ts'

const initializer = (...args: unknown[]) => ({ function: 'prepare', args: JSON.stringify(args), wire: 'plain' as const })
const red: Crew = { key: 'red 1', initializer: initializer('red') }
const blue: Crew = { key: 'blue 1', initializer: initializer('blue', 2) }

/** The process that a crew's task meets, and what it was prepared with. */
async function meet(pool: ProcessPool, crew?: Crew, tasks = 1): Promise<unknown[]> {
  const seat = await pool.seat(undefined, crew?.key)
  const collector = new Collector(tasks)
  for (let i = 0; i < tasks; i++) await seat.run([sliceOf('preparation', [1])], (outcome) => collector.take({ ...outcome, slice: i }), crew)
  seat.release()
  return brief(collector.list(0))[0] as unknown[]
}

test('a process runs its initializer before its first item, and is kept for its crew', async () => {
  const pool = await startPool({ processes: 2 })
  const [plain] = await meet(pool)
  const [first, ...args] = await meet(pool, red)
  expect(args).toEqual(['red'])
  expect(await meet(pool, red)).toEqual([first, 'red'])
  expect(await meet(pool)).toEqual([plain])
})

test('a process of another crew is replaced, and no slot has two', async () => {
  const pool = await startPool()
  const [first] = await meet(pool, red)
  expect((await meet(pool, blue)).slice(1)).toEqual(['blue', 2])
  expect(isAlive(Number(first))).toBe(false)
  expect((await meet(pool, { ...red, key: 'red 2', initializer: initializer('redder') })).slice(1)).toEqual(['redder'])
})

test('maxTasks counts tasks: a process is replaced between two of them, never within one', async () => {
  const pool = await startPool()
  const crew = { key: 'short 1', maxTasks: 2 }
  const pids = [await meet(pool, crew, 3), await meet(pool, crew), await meet(pool, crew), await meet(pool, crew)].map(([pid]) => pid)
  expect([pids[0] === pids[1], pids[1] === pids[2], pids[2] === pids[3]]).toEqual([true, false, true])
})

test('a process of a crew that has nothing to do is given back; one of nobody stays', async () => {
  const pool = await startPool({ processes: 2, idleMs: 50 })
  const [plain] = await meet(pool)
  const [first] = await meet(pool, red)
  await eventually(() => !isAlive(Number(first)))
  expect(isAlive(Number(plain))).toBe(true)
})

test.each([
  [{ function: 'fail', args: '["why"]', wire: 'plain' as const }, 'initializer-failed'],
  [{ function: 'nobody', args: '[]', wire: 'plain' as const }, 'initializer-failed'],
  [{ function: 'act', args: '[{"do":"exit","code":3}]', wire: 'plain' as const }, 'initializer-failed'],
])('an initializer that fails (%j) rejects the run, and others go on', async (bad, code) => {
  const pool = await startPool()
  const seat = await pool.seat()
  const run = seat.run([sliceOf('square', [1, 2])], () => undefined, { key: 'bad 1', initializer: bad })
  await expect(run).rejects.toMatchObject({ name: 'InitializerError', error: { code } })
  seat.release()
  expect((await meet(pool)).length).toBe(1)
})
