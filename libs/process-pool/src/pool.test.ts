import { expect, test } from 'vitest'
import { brief, Collector, errorAt, functions, rawSlice, runIn, runOn, sliceOf, startPool } from './fixtures/pool.ts'
import { createProcessPool } from './index.ts'
import type { Seat } from './work.ts'

test('tells what it loaded, and runs a map in order', async () => {
  const pool = await startPool()
  const { settled, outcomes } = await runIn(
    pool,
    sliceOf('square', [1, 2, 3, 4, 5], {
      runs: [
        [10, 12],
        [20, 23],
      ],
    }),
  )
  expect([...(settled[0] ?? [])]).toEqual([
    [10, { value: 1 }],
    [11, { value: 4 }],
    [20, { value: 9 }],
    [21, { value: 16 }],
    [22, { value: 25 }],
  ])
  expect(outcomes.every(({ from, to }) => (from >= 10 && to <= 12) || (from >= 20 && to <= 23))).toBe(true)
  expect(outcomes.every(({ itemUs, cpuUs }) => itemUs > 0 && cpuUs >= 0)).toBe(true)
})

test('start lists functions with their policy, and what it left out', async () => {
  const pool = createProcessPool({ processes: 1, functions, worker: 'w', host: 'h', build: '', maxResultBytes: 100, memoryBytes: 1 << 29 })
  try {
    const started = await pool.start()
    expect(started.functions).toContainEqual({ name: 'even', timeoutMs: 5000, attempts: 2, input: true })
    expect(started.functions).toContainEqual({ name: 'square', input: false })
    expect(started.skipped).toEqual(['Tool', 'version'])
    expect(started.build).toMatch(/^[0-9a-f]{12}$/)
  } finally {
    await pool.stop()
  }
})

test('gives constants to a map and spreads a starmap', async () => {
  const pool = await startPool()
  expect(brief((await runIn(pool, sliceOf('add', [1, 2], { constants: '[10]' }))).list())).toEqual([11, 12])
  expect(brief((await runIn(pool, sliceOf('add', [[1, 2], [3, 4], 5], { mode: 'star' }))).list())).toEqual([3, 7, 'invalid-input'])
  expect(brief((await runIn(pool, sliceOf('add', [1], { constants: '[10' }))).list())).toEqual(['invalid-json'])
})

test('runs many slices of one task in order, synchronous and asynchronous', async () => {
  const pool = await startPool()
  const slices = Array.from({ length: 50 }, (_, i) => sliceOf(i % 2 ? 'asyncSquare' : 'square', [i, i + 1]))
  const { settled } = await runIn(pool, ...slices)
  expect(settled.map((items) => brief([...items.values()]))).toEqual(slices.map((_, i) => [i * i, (i + 1) ** 2]))
})

test('keeps values as they are: text, nesting, tagged values', async () => {
  const pool = await startPool()
  const values = ['', 'é\u0000\ud83d\ude00', { a: [null, true, 1.5e300] }, 0, -1, 123456789012, [[]]]
  expect(brief((await runIn(pool, sliceOf('same', values))).list())).toEqual(values)
  const tagged = rawSlice('same', '{"$bigint":"12"}\n{"$number":"-0"}\n', { wire: 'tagged', runs: [[0, 2]] })
  expect(brief((await runIn(pool, tagged)).list())).toEqual([{ $bigint: '12' }, { $number: '-0' }])
})

test('a bad line fails alone, with the number of its line', async () => {
  const pool = await startPool()
  const input = Buffer.concat([Buffer.from('1\n{"a":\n"\u00e9"\n'), Buffer.from([0x22, 0xff, 0x22, 0x0a]), Buffer.from('5\n')])
  const collector = await runIn(pool, rawSlice('same', input, { runs: [[7, 12]] }))
  expect(brief(collector.list())).toEqual([1, 'invalid-json', 'é', 'invalid-json', 5])
  expect(errorAt(collector, 1)).toMatchObject({ name: 'SyntaxError', line: 9, at: { worker: 'w1', host: 'h1', build: 'b1', attempt: 1 } })
  expect(errorAt(collector, 3)).toMatchObject({ line: 11 })
  expect(collector.outcomes.flatMap(({ failed }) => failed.map(({ index, input: line }) => [index, line.length]))).toEqual([
    [8, 5],
    [10, 3],
  ])
})

test('a schema checks the first argument and may change it', async () => {
  const pool = await startPool()
  for (const name of ['even', 'evenLater']) {
    const collector = await runIn(pool, sliceOf(name, [2, 3, 4]))
    expect(brief(collector.list())).toEqual(['even 2', 'invalid-input', 'even 4'])
    expect(errorAt(collector, 1)).toMatchObject({ name: 'InvalidInputError', issues: [{ message: 'must be even', path: '/a~1b/0' }] })
  }
  expect(brief((await runIn(pool, sliceOf('even', [[2, '!']], { mode: 'star' }))).list())).toEqual(['even 2!'])
})

test('a name that is not registered is just not there', async () => {
  const pool = await startPool()
  for (const name of ['nope', '__proto__', 'constructor', '../../etc/passwd', 'version', 'Tool']) {
    const collector = await runIn(pool, sliceOf(name, [1, 2]))
    expect(brief(collector.list())).toEqual(['function-not-loaded', 'function-not-loaded'])
  }
})

test('currentTask tells the item, also in asynchronous functions', async () => {
  const pool = await startPool()
  const about = { job: 'default~x', attempt: 3, runs: [[5, 7]] as [number, number][] }
  const expected = [5, 6].map((index) => ({ id: 'default~x', index, attempt: 3, aborted: false }))
  for (const name of ['act', 'actLater']) {
    expect(brief((await runIn(pool, sliceOf(name, [{ do: 'task' }, { do: 'task' }], about))).list())).toEqual(expected)
  }
  expect(brief((await runIn(pool, sliceOf('indexLater', [20, 1, 0]))).list())).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ])
})

test('labels what functions write with the item that wrote it', async () => {
  const pool = await startPool()
  const logs = Array.from({ length: 20 }, (_, i) => ({ do: 'log', text: `line ${i}\nmore`, value: i }))
  await runIn(pool, sliceOf('act', logs), sliceOf('actLater', logs.slice(0, 3), { runs: [[100, 103]] }))
  const expected = logs.flatMap((_, i) => [`act[${i}] line ${i}`, `act[${i}] more`])
  const later = [0, 1, 2].flatMap((i) => [`actLater[${100 + i}] line ${i}`, `actLater[${100 + i}] more`])
  expect(pool.lines.map(({ label, text }) => `${label} ${text}`)).toEqual([...expected, ...later])
})

test('large input and large results arrive whole, also when this process does not read for a while', async () => {
  const pool = await startPool({ maxResultBytes: 8 << 20 })
  const values = Array.from({ length: 40 }, (_, i) => `${i}`.padEnd(i % 10 === 0 ? 3 << 20 : 70_000, 'é'))
  const collector = new Collector(1)
  const seat = await pool.seat()
  await seat.run([sliceOf('same', values)], (outcome) => {
    collector.take(outcome)
    // far more than a pipe holds is under way: the child waits in its write
    const end = performance.now() + 50
    while (performance.now() < end);
  })
  seat.release()
  expect(brief(collector.list())).toEqual(values)
})

test('task.log writes lines with their fields, and never fails an item', async () => {
  const pool = await startPool()
  expect(brief((await runIn(pool, sliceOf('logs', [1, 2]))).list())).toEqual([1, 2])
  const written = pool.lines.map(({ label, stream, text }) => `${label} ${stream} ${text}`)
  expect(written.slice(0, 2)).toEqual(['logs[0] stdout resized {"width":5}', 'logs[0] stderr odd { huge: 1n }'])
})

test('a child is used again, and another one starts only when two seats work', async () => {
  const pool = await startPool({ processes: 2 })
  const pids = sliceOf('act', [{ do: 'pid' }])
  const [first] = brief((await runIn(pool, pids)).list())
  expect(brief((await runIn(pool, pids)).list())).toEqual([first])
  const [one, two] = [await pool.seat(), await pool.seat()]
  expect(pool.busy).toBe(2)
  const both = await Promise.all([runOn(one, [pids]), runOn(two, [pids])])
  expect(new Set(both.flatMap((collector) => brief(collector.list()))).size).toBe(2)
  one.release()
  one.release()
  expect(pool.busy).toBe(1)
  two.release()
})

test('a seat is waited for in turn, and the wait can be given up', async () => {
  const pool = await startPool()
  const held = await pool.seat()
  const abort = new AbortController()
  const given = pool.seat(abort.signal)
  const next = pool.seat()
  abort.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  await expect(pool.seat(AbortSignal.abort(new Error('at once')))).rejects.toThrow('at once')
  held.release()
  const seat = await next
  expect(pool.busy).toBe(1)
  seat.release()
  expect(pool.busy).toBe(0)
})

test('an error of the listener rejects the run, and the next run works', async () => {
  const pool = await startPool()
  const seat = await pool.seat()
  const fail = () => {
    throw new Error('the listener failed')
  }
  await expect(seat.run([sliceOf('square', [1, 2])], fail)).rejects.toThrow('the listener failed')
  expect(brief((await runOn(seat, [sliceOf('square', [3])])).list())).toEqual([9])
  seat.release()
})

test('stop ends a run that computes, and those who wait', async () => {
  const pool = await startPool()
  const seat = await pool.seat()
  const waiting = expect(pool.seat()).rejects.toThrow('stopped')
  const run = expect(seat.run([sliceOf('act', [{ do: 'hang' }])], () => undefined)).rejects.toThrow('stopped')
  await pool.stop()
  await Promise.all([waiting, run])
  await expect(pool.seat()).rejects.toThrow('stopped')
  await pool.stop()
})

test('a seat that is given back while it waits for its place keeps none', async () => {
  const pool = await startPool({ processes: 1 })
  const signal = new AbortController().signal
  const waiting = await pool.seat()
  waiting.leave()
  const other = await pool.seat()
  const back = waiting.rejoin(signal)
  other.release()
  waiting.release()
  await back
  expect(pool.busy).toBe(0)
})

test('one that comes back has its place before all who wait for one, and its process is the same', async () => {
  const pool = await startPool({ processes: 1 })
  const pids = [sliceOf('act', [{ do: 'pid' }])]
  const pidOn = async (seat: Seat) => brief((await runOn(seat, pids)).list())[0]
  const seat = await pool.seat()
  const mine = await pidOn(seat)
  seat.leave()
  const second = await pool.seat()
  const third = pool.seat()
  const back = seat.rejoin(new AbortController().signal)
  expect(await pidOn(second)).not.toBe(mine)
  second.release()
  await back
  expect(await pidOn(seat)).toBe(mine)
  seat.release()
  ;(await third).release()
})
