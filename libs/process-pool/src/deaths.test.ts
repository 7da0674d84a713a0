import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '@manyhands/testing'
import { expect, onTestFinished, test } from 'vitest'
import type { Behaviour } from './fixtures/functions.ts'
import { brief, errorAt, runIn, sliceOf, startPool } from './fixtures/pool.ts'

function noteFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'process-pool-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'notes')
}

/** How often each index has run. */
function counts(file: string): Map<number, number> {
  const runs = readFileSync(file, 'utf8').trim().split('\n').map(Number)
  return runs.reduce((sum, index) => sum.set(index, (sum.get(index) ?? 0) + 1), new Map<number, number>())
}

test.for<[Behaviour, object]>([
  [
    { do: 'exit', size: 0 },
    { exitCode: 0, message: 'The process ended with exit code 0 while it ran the item' },
  ],
  [{ do: 'exit', size: 3 }, { exitCode: 3 }],
  [{ do: 'abort' }, { signal: 'SIGABRT' }],
  [
    { do: 'kill', text: 'SIGKILL' },
    { signal: 'SIGKILL', message: 'The process ended with SIGKILL while it ran the item' },
  ],
  [{ do: 'kill', text: 'SIGTERM' }, { signal: 'SIGTERM' }],
])('%o fails its item alone, as worker-crashed', async ([behaviour, expected]) => {
  const pool = await startPool()
  for (const name of ['act', 'actLater']) {
    const items: Behaviour[] = Array.from({ length: 9 }, (_, i) => (i === 4 ? behaviour : { do: 'ok', value: i }))
    const collector = await runIn(pool, sliceOf(name, items), sliceOf('square', [3]))
    expect(brief(collector.list())).toEqual([0, 1, 2, 3, 'worker-crashed', 5, 6, 7, 8])
    expect(brief(collector.list(1))).toEqual([9])
    expect(errorAt(collector, 4)).toMatchObject({
      name: 'WorkerCrashedError',
      at: { worker: 'w1', host: 'h1', build: 'b1', attempt: 1 },
      ...expected,
    })
  }
})

/** What a function can do to the pipes of the protocol. */
const meddling: Behaviour[] = [
  { do: 'close', size: 3 },
  { do: 'close', size: 4 },
  { do: 'scribble', size: 4, text: 'no frame at all' },
  { do: 'scribble', size: 4, text: '\u0003\0\0\0{}\n' },
]

test('an item that closes a pipe of the protocol, or writes on it, fails alone', async () => {
  const pool = await startPool({ processes: meddling.length })
  const outcomes = meddling.map(async (behaviour) => {
    const collector = await runIn(pool, sliceOf('act', [{ do: 'ok', value: 1 }, behaviour, { do: 'ok', value: 2 }]))
    expect([behaviour, brief(collector.list())]).toEqual([behaviour, [1, 'worker-crashed', 2]])
  })
  await Promise.all(outcomes)
})

test('an item is started three times before it is to blame, and what was finished before it once more at most', async () => {
  const pool = await startPool()
  const text = noteFile()
  const items: Behaviour[] = Array.from({ length: 60 }, (_, i) =>
    i === 30 ? { do: 'note', text: '/nowhere/at/all' } : { do: 'note', text, size: 1 },
  )
  items[40] = { do: 'noteAndDie', text }
  const collector = await runIn(pool, sliceOf('act', items))
  expect(brief(collector.list())).toEqual(items.map((_, i) => (i === 30 ? 'function-error' : i === 40 ? 'worker-crashed' : i)))
  const runs = counts(text)
  expect(runs.get(40)).toBe(3)
  // each takes 1 ms: at most the one before can have been finished and not told
  const repeated = [...runs].filter(([index, count]) => index !== 40 && count > 1)
  expect(repeated.every(([index, count]) => index === 39 && count === 2)).toBe(true)
})

test('fast items: no more than those of one millisecond run twice', async () => {
  const pool = await startPool()
  const text = noteFile()
  const items: Behaviour[] = Array.from({ length: 500 }, (_, i) =>
    i === 400 ? { do: 'noteAndDie', text } : { do: 'note', text, size: 0.05 },
  )
  const collector = await runIn(pool, sliceOf('act', items))
  expect(brief(collector.list())).toEqual(items.map((_, i) => (i === 400 ? 'worker-crashed' : i)))
  const repeated = [...counts(text)].filter(([index, count]) => index !== 400 && count > 1)
  expect(counts(text).get(400)).toBe(3)
  expect(repeated.every(([index, count]) => index < 400 && index >= 380 && count === 2)).toBe(true)
})

test('a slice that is to yield while a killer is looked for yields behind it: its deaths are not forgotten', async () => {
  const pool = await startPool()
  const text = noteFile()
  const yields = new AbortController()
  const items = Array.from(
    { length: 300 },
    (_, i): Behaviour => (i === 10 ? { do: 'noteAndDie', text } : { do: 'note', text, size: i < 10 ? 0 : 5 }),
  )
  const run = runIn(pool, sliceOf('act', items, { yields: yields.signal }))
  await eventually(() => counts(text).has(10))
  yields.abort()
  const told = brief((await run).list())
  expect([counts(text).get(10), told[10]]).toEqual([3, 'worker-crashed'])
  expect(told.length).toBeLessThan(items.length)
})

test('several killers in one slice are each found', async () => {
  const pool = await startPool({ processes: 2 })
  const items: Behaviour[] = Array.from({ length: 30 }, (_, i) => (i % 13 === 6 ? { do: 'kill' } : { do: 'ok', value: i }))
  const slices = [sliceOf('act', items), sliceOf('act', items)]
  const both = await Promise.all(slices.map((slice) => runIn(pool, slice)))
  for (const collector of both) expect(brief(collector.list())).toEqual(items.map((_, i) => (i % 13 === 6 ? 'worker-crashed' : i)))
})

test('a process that somebody else kills costs nobody anything', async () => {
  const pool = await startPool()
  const [pid] = brief((await runIn(pool, sliceOf('act', [{ do: 'pid' }]))).list())
  process.kill(Number(pid), 'SIGKILL')
  expect(brief((await runIn(pool, sliceOf('square', [1, 2, 3]))).list())).toEqual([1, 4, 9])
})

test('too much memory outside the heap: out-of-memory', async () => {
  const pool = await startPool({ memoryBytes: 160 << 20 })
  const collector = await runIn(
    pool,
    sliceOf('act', [
      { do: 'ok', value: 1 },
      { do: 'memory', size: 1 << 20 },
      { do: 'ok', value: 2 },
    ]),
  )
  expect(brief(collector.list())).toEqual([1, 'out-of-memory', 2])
  expect(errorAt(collector, 1)).toMatchObject({ name: 'OutOfMemoryError', message: 'The process used more than its limit of 160 MiB' })
})

test('too large a heap: out-of-memory', async () => {
  // V8's own limit is below the watched one here
  const pool = await startPool({ memoryBytes: 512 << 20, execArgv: ['--max-old-space-size=40'] })
  const collector = await runIn(pool, sliceOf('act', [{ do: 'ok', value: 1 }, { do: 'heap' }, { do: 'ok', value: 2 }]))
  expect(brief(collector.list())).toEqual([1, 'out-of-memory', 2])
})
