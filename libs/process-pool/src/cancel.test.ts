import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, isAlive } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import { brief, Collector, runIn, sliceOf, startPool } from './fixtures/pool.ts'

test('a slice that computes has SIGTERM 200 ms after its abort, and the others go on', async () => {
  const pool = await startPool()
  const [pid] = brief((await runIn(pool, sliceOf('act', [{ do: 'pid' }]))).list())
  const abort = new AbortController()
  const items = [{ do: 'slow', size: 2, value: 'first' }, { do: 'hang' }, { do: 'pid' }]
  const collector = new Collector(2)
  const seat = await pool.seat()
  const run = seat.run([sliceOf('act', items, { signal: abort.signal }), sliceOf('act', [{ do: 'pid' }])], collector.take)
  await eventually(() => collector.list(0).length === 1)
  abort.abort()
  await eventually(() => !isAlive(Number(pid)), { timeoutMs: 1000 })
  await run
  seat.release()
  expect(brief(collector.list(0))).toEqual(['first'])
  expect(brief(collector.list(1))).not.toEqual([pid])
})

test('a function that listens is told, and its process lives', async () => {
  const pool = await startPool()
  const [pid] = brief((await runIn(pool, sliceOf('act', [{ do: 'pid' }]))).list())
  const abort = new AbortController()
  const run = runIn(pool, sliceOf('patient', [1, 2, 3], { signal: abort.signal }), sliceOf('act', [{ do: 'pid' }]))
  setTimeout(() => abort.abort(), 50)
  const collector = await run
  expect(brief(collector.list(0))).toEqual(['told'])
  expect(brief(collector.list(1))).toEqual([pid])
})

test('a slice that is aborted before it starts is left out', async () => {
  const pool = await startPool()
  const collector = await runIn(pool, sliceOf('square', [1], { signal: AbortSignal.abort() }), sliceOf('square', [2]))
  expect([brief(collector.list(0)), brief(collector.list(1))]).toEqual([[], [4]])
})

test('a slice that waits behind one that computes is dropped, and that one is left alone', async () => {
  const pool = await startPool()
  const abort = new AbortController()
  const slow = sliceOf('act', [{ do: 'slow', size: 600, value: 'whole' }])
  const run = runIn(pool, slow, sliceOf('square', [1, 2], { signal: abort.signal }), sliceOf('square', [3]))
  setTimeout(() => abort.abort(), 100)
  const collector = await run
  expect([0, 1, 2].map((slice) => brief(collector.list(slice)))).toEqual([['whole'], [], [9]])
})

test('a task whose slices are all aborted while its child starts ends at once', async () => {
  const pool = await startPool({ processes: 2 })
  const first = await pool.seat()
  const second = await pool.seat()
  const abort = new AbortController()
  const run = second.run([sliceOf('square', [1], { signal: abort.signal })], () => undefined)
  abort.abort()
  await run
  first.release()
  second.release()
})

test('a slice that yields ends with the item that computes, in its own time, and its process lives', async () => {
  const pool = await startPool()
  const [pid] = brief((await runIn(pool, sliceOf('act', [{ do: 'pid' }]))).list())
  const yields = new AbortController()
  const items = [...[1, 2, 3].map((value) => ({ do: 'slow', size: 400, value })), { do: 'pid' }]
  const collector = new Collector(2)
  const seat = await pool.seat()
  const run = seat.run([sliceOf('act', items, { yields: yields.signal }), sliceOf('act', [{ do: 'pid' }])], collector.take)
  await eventually(() => collector.list(0).length === 1)
  yields.abort()
  await run
  seat.release()
  expect([brief(collector.list(0)), brief(collector.list(1))]).toEqual([[1, 2], [pid]])
})

/** A cancel of `tidies`: what the function heard, what came of it, and how long it took. */
async function cancelTidies(ms: number) {
  const folder = mkdtempSync(join(tmpdir(), 'process-pool-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'heard')
  const pool = await startPool()
  const [pid] = brief((await runIn(pool, sliceOf('act', [{ do: 'pid' }]))).list())
  const abort = new AbortController()
  const run = runIn(
    pool,
    sliceOf('tidies', [file], { signal: abort.signal, constants: JSON.stringify([ms]) }),
    sliceOf('act', [{ do: 'pid' }]),
  )
  await eventually(() => readFileSync(file, 'utf8') === 'start ')
  const start = performance.now()
  abort.abort()
  const collector = await run
  const took = performance.now() - start
  const later = brief((await runIn(pool, sliceOf('act', [{ do: 'pid' }]))).list())
  return {
    pid,
    later: later[0],
    heard: readFileSync(file, 'utf8'),
    took,
    list: brief(collector.list(0)),
    next: brief(collector.list(1))[0],
  }
}

test('abort, then SIGTERM, then SIGKILL: all of it within half a second', async () => {
  const { pid, next, heard, took, list } = await cancelTidies(60_000)
  expect([heard, list]).toEqual(['start abort SIGTERM ', []])
  expect(next).not.toBe(pid)
  expect(took).toBeGreaterThanOrEqual(499)
  expect(took).toBeLessThan(3000)
})

test('a function that ends at SIGTERM harms nobody: what waits behind it runs, and the process is replaced after it', async () => {
  const { pid, next, later, heard, took, list } = await cancelTidies(50)
  expect([heard, list]).toEqual(['start abort SIGTERM ', ['tidied']])
  expect(next).toBe(pid)
  expect(later).not.toBe(pid)
  expect(took).toBeLessThan(500)
})
