import { MaybeEncodingError, RemoteError } from '@manyhands/client'
import { eventually } from '@manyhands/testing'
import { expect, it } from 'vitest'
import { counting, fleet, numbers, outcomes, rejection } from './fleet.ts'
import { describeRules } from './rules/rules.ts'

const own = fleet()
describeRules(() => own.hands())

// what takes processes, or another program that looks

const processesOf = (pids: number[]) => new Set(pids).size

it('rule 1: without a chunkSize map and starmap cut n items into chunks of ceil(n / (4 x processes))', async () => {
  // a process a chunk, so that chunks can be counted
  await using pool = own.hands().pool({ processes: 1, maxTasksPerChild: 1 })
  const pids = await pool.map('processOf', numbers(10))
  expect([0, 3, 6, 9].map((from) => processesOf(pids.slice(from, from + 3)))).toEqual([1, 1, 1, 1])
  expect(processesOf(pids)).toBe(4)
  expect(processesOf(await pool.starmap('processOf', [[1], [2], [3], [4], [5]]))).toBe(3)
  expect(processesOf(await pool.map('processOf', numbers(4), { chunkSize: 4 }))).toBe(1)
})

it('rule 1: a chunk holds 256 KiB of input at most, or one item', async () => {
  await using pool = own.hands().pool({ processes: 1, maxTasksPerChild: 1 })
  const large = Array.from({ length: 8 }, () => 'x'.repeat(200 << 10))
  expect(processesOf(await pool.map('processOf', large))).toBe(8)
})

it('rule 1: imap groups items by itself, and gives each result as soon as it is there', async () => {
  await using pool = own.hands().pool({ processes: 1 })
  for (const how of ['imap', 'imapUnordered'] as const) {
    // chunks of three: the last two results here come while their chunk is still computed
    await using iterator = pool[how]('wait', [1, 2, 3, 4, 5, 6, 7, 8, 60_000])
    for (const ms of [1, 2, 3, 4, 5, 6, 7, 8]) expect(await iterator.next(10)).toEqual({ done: false, value: ms })
  }
})

it('rule 3: every result stays readable when some items failed', async () => {
  const handle = own.hands().mapAsync('even', [0, 1, 2, 3], { chunkSize: 4 })
  await handle.wait()
  const { values, errors } = await own.stack.json<{ values: unknown[]; errors: { index: number }[] }>(
    'GET',
    `/v1/jobs/${await handle.id}/result`,
  )
  expect([values, errors.map(({ index }) => index)]).toEqual([
    [0, null, 2, null],
    [1, 3],
  ])
})

it('rule 3: a large map throws the failure of the lowest index too', async () => {
  const error = await rejection(own.hands().map('even', counting(60_000)))
  expect(error).toMatchObject({ name: 'OddError', index: 1, jobId: expect.any(String) })
}, 60_000)

it('rule 4: over HTTP chunkSize below 1 is refused too', async () => {
  for (const call of ['map', 'starmap']) {
    const body = { function: 'square', items: [], chunkSize: 0 }
    const response = await own.stack.call('POST', `/v1/pools/default/${call}`, body)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'invalid-parameter', errors: [{ pointer: '/chunkSize' }] },
    ])
  }
})

it('rule 5: imap runs to its end without any next()', async () => {
  const iterator = own.hands().imap('square', [1, 2, 3])
  const id = await iterator.id
  await eventually(async () => expect(await own.stack.json('GET', `/v1/jobs/${id}`)).toMatchObject({ items: { done: 3 } }))
  expect(await outcomes(iterator)).toEqual([1, 4, 9])
})

it('rule 8: a process that exits fails its item alone, by name', async () => {
  for (const code of [0, 3]) {
    const handle = own.hands().mapAsync('exit', [-1, code, -2], { chunkSize: 3 })
    expect(await rejection(handle.get())).toMatchObject({ code: 'worker-crashed', index: 1 })
    expect(await handle.job()).toMatchObject({ items: { total: 3, done: 3, failed: 1 } })
  }
})

it('rule 8: an initializer that ends its process ends in a clear error', async () => {
  for (const [initializer, initArgs, words] of [
    ['exit', [3], 'exit code 3'],
    ['signalSelf', ['SIGKILL'], 'SIGKILL'],
  ] as const) {
    await using pool = own.hands().pool({ processes: 1, initializer, initArgs: [...initArgs] as [never] })
    const told = { name: 'InitializerError', code: 'initializer-failed', message: expect.stringContaining(words) }
    expect(await rejection(pool.map('square', [1, 2]))).toMatchObject(told)
    expect(await rejection(pool.apply('square', [1]))).toMatchObject(told)
  }
})

it('rule 8: a process that is killed fails its item alone, by name', async () => {
  const seen = await outcomes(own.hands().imap('signalSelf', ['SIGKILL', 'SIGABRT']))
  expect(seen).toEqual([expect.stringContaining('SIGKILL'), expect.stringContaining('SIGABRT')])
  expect(await own.hands().map('square', [2])).toEqual([4])
})

it('rule 9: the initializer is called once in each process, with initArgs, and in no other pool', async () => {
  await using pool = own.hands().pool({ processes: 2, initializer: 'setBase', initArgs: [100] })
  expect(await pool.map('aboveBase', [1, 2, 3, 4], { chunkSize: 1 })).toEqual([101, 102, 103, 104])
  expect(await own.hands().map('aboveBase', [1])).toEqual([1])
})

it('rule 9: maxTasksPerChild counts chunks, and the initializer runs again in each replacement', async () => {
  await using pool = own.hands().pool({ processes: 1, initializer: 'setBase', initArgs: [7], maxTasksPerChild: 1 })
  const pids = await pool.map('processOf', [1, 2, 3, 4, 5, 6], { chunkSize: 2 })
  expect(new Set(pids).size).toBe(3)
  expect([pids[0], pids[2], pids[4]]).toEqual([pids[1], pids[3], pids[5]])
  expect(await pool.apply('aboveBase', [1])).toBe(8)
})

it('rule 9: a call of apply is a task of its own', async () => {
  await using pool = own.hands().pool({ processes: 1, maxTasksPerChild: 2 })
  const pids: number[] = []
  for (const x of [1, 2, 3, 4]) pids.push(await pool.apply('processOf', [x]))
  expect([pids[0], pids[2], processesOf(pids)]).toEqual([pids[1], pids[3], 2])
})

it('rule 10: a process whose result cannot be sent lives on', async () => {
  await using pool = own.hands().pool({ processes: 1 })
  const pid = await pool.apply('processOf', [1])
  expect(await rejection(pool.apply('cycle', [1]))).toBeInstanceOf(MaybeEncodingError)
  expect(await rejection(pool.apply('throws', ['an error with a cycle']))).toBeInstanceOf(RemoteError)
  expect(await pool.apply('processOf', [1])).toBe(pid)
})
